"""From what is stored to facts: pure functions, so that late, doubled and disordered news come to the same."""
