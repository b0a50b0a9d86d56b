drop function tenants_choose_language_v1(text, text, text);
drop function tenants_sign_review_v1(date, text, text, bytea, bytea, text, text);
drop function tenants_review_author(text[]);
drop index tenants_entry_house;
alter table tenants_review drop constraint tenants_review_bytes, drop constraint tenants_review_words;
