"""The doing: dispensing, calls, telephony and pacing; and the project itself."""
