"""Who gets which work, and why: state in, decisions out.

Nothing here knows Django, a database, a clock or chance. Times are seconds since 1970 in UTC, as floats; ids are the
primary keys of the rows that the shell read. The vocabulary is in `types`; `floor.Floor` holds the state:

    floor = Floor(rules=[QueueRule(...)], routing=[RoutingRule(...)])
    floor.put_agent(agent)         # new or changed; an agent that did not change costs nothing
    floor.put_work(work)           # new or changed
    floor.remove_work(id)          # taken by hand, abandoned, closed; remove_agent(id) likewise
    decisions = floor.decide(now)  # the floor counts them as given; put both again when the shell could not
    floor.next_due()               # when waiting alone changes something: decide again by then
    floor.explain(work, now)       # a dry run, changes nothing
"""
