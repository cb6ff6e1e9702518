"""Where holidays come from. Each source gives the special days of one year, and keeps its library to itself."""
