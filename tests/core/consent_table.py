"""The consent table as agreed, written out by hand: the test of ``CELLS`` reads this, nothing computes it.

Columns: the CRM's consent, Mailchimp's, what is remembered (none; a no stands; the person returned), then what the
CRM is moved to, what Mailchimp is moved to, and what the memory of nos notes; a dash leaves things as they are.
"""

GOLDEN = """
unknown       unknown       none      -             -             -
unknown       unknown       no        unsubscribed  unsubscribed  -
unknown       unknown       returned  -             -             -
unknown       subscribed    none      -             -             -
unknown       subscribed    no        unsubscribed  unsubscribed  -
unknown       subscribed    returned  -             -             lift
unknown       pending       none      -             -             -
unknown       pending       no        unsubscribed  unsubscribed  -
unknown       pending       returned  unsubscribed  -             -
unknown       unsubscribed  none      unsubscribed  -             mailchimp
unknown       unsubscribed  no        unsubscribed  -             -
unknown       unsubscribed  returned  unsubscribed  -             -
unknown       cleaned       none      cleaned       -             -
unknown       cleaned       no        unsubscribed  -             -
unknown       cleaned       returned  cleaned       -             -

subscribed    unknown       none      -             -             -
subscribed    unknown       no        unsubscribed  unsubscribed  -
subscribed    unknown       returned  -             -             -
subscribed    subscribed    none      -             -             -
subscribed    subscribed    no        unsubscribed  unsubscribed  -
subscribed    subscribed    returned  -             -             lift
subscribed    pending       none      -             -             -
subscribed    pending       no        unsubscribed  unsubscribed  -
subscribed    pending       returned  unsubscribed  -             -
subscribed    unsubscribed  none      unsubscribed  -             mailchimp
subscribed    unsubscribed  no        unsubscribed  -             -
subscribed    unsubscribed  returned  unsubscribed  -             -
subscribed    cleaned       none      cleaned       -             -
subscribed    cleaned       no        unsubscribed  -             -
subscribed    cleaned       returned  cleaned       -             -

pending       unknown       none      -             -             -
pending       unknown       no        unsubscribed  unsubscribed  -
pending       unknown       returned  -             -             -
pending       subscribed    none      -             -             -
pending       subscribed    no        unsubscribed  unsubscribed  -
pending       subscribed    returned  -             -             lift
pending       pending       none      -             -             -
pending       pending       no        unsubscribed  unsubscribed  -
pending       pending       returned  unsubscribed  -             -
pending       unsubscribed  none      unsubscribed  -             mailchimp
pending       unsubscribed  no        unsubscribed  -             -
pending       unsubscribed  returned  unsubscribed  -             -
pending       cleaned       none      cleaned       -             -
pending       cleaned       no        unsubscribed  -             -
pending       cleaned       returned  cleaned       -             -

unsubscribed  unknown       none      -             unsubscribed  crm
unsubscribed  unknown       no        -             unsubscribed  -
unsubscribed  unknown       returned  -             unsubscribed  -
unsubscribed  subscribed    none      -             unsubscribed  crm
unsubscribed  subscribed    no        -             unsubscribed  -
unsubscribed  subscribed    returned  subscribed    -             lift
unsubscribed  pending       none      -             unsubscribed  crm
unsubscribed  pending       no        -             unsubscribed  -
unsubscribed  pending       returned  -             -             -
unsubscribed  unsubscribed  none      -             -             mailchimp
unsubscribed  unsubscribed  no        -             -             -
unsubscribed  unsubscribed  returned  -             -             -
unsubscribed  cleaned       none      -             -             crm
unsubscribed  cleaned       no        -             -             -
unsubscribed  cleaned       returned  -             -             -

cleaned       unknown       none      -             -             -
cleaned       unknown       no        unsubscribed  unsubscribed  -
cleaned       unknown       returned  -             -             -
cleaned       subscribed    none      -             -             -
cleaned       subscribed    no        unsubscribed  unsubscribed  -
cleaned       subscribed    returned  -             -             lift
cleaned       pending       none      -             -             -
cleaned       pending       no        unsubscribed  unsubscribed  -
cleaned       pending       returned  unsubscribed  -             -
cleaned       unsubscribed  none      unsubscribed  -             mailchimp
cleaned       unsubscribed  no        unsubscribed  -             -
cleaned       unsubscribed  returned  unsubscribed  -             -
cleaned       cleaned       none      -             -             -
cleaned       cleaned       no        unsubscribed  -             -
cleaned       cleaned       returned  -             -             -
"""
