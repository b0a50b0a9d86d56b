"""Addresses of reports and reviews."""

from django.urls import path

from dialer.reports import pages, review_pages

firm_urlpatterns = [
    path("reports", pages.reports, name="reports"),
    path("reports/make", pages.report_make, name="report-make"),
    path("reports/language", pages.report_language, name="report-language"),
    path("reviews/<str:month>", review_pages.review, name="review"),
    path("reviews/<str:month>/sign", review_pages.review_sign, name="review-sign"),
]
