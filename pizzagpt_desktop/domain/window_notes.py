"""The names under which a reply's counts tell what of the conversation it was given; counts nothing."""

LEFT_OUT = "messages_left_out"
SUMMARISED = "messages_summarised"
UNSUMMARISED = "messages_left_out_unsummarised"
"""So many of the oldest were not sent: left out, sent as a summary, or left out as none came."""
NEEDED = "context_needed"
"""About so many tokens the conversation would have taken; nothing was sent."""
CONTEXT = "context_size"
"""So many tokens the model can look at."""
NOTHING_SENT = "Nothing was sent: "
"""So begins what the program itself says of a conversation that is too long."""
NOTES = frozenset({LEFT_OUT, SUMMARISED, UNSUMMARISED, NEEDED, CONTEXT})
