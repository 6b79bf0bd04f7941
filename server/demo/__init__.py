"""The demo study: its facts as JSON, and the shapes they are read into.

units.json and sources.json hold facts of the preparation of Tianjin's 13th five-year plan (Zhang,
Baptista Nunes, Peng, Wang, "Lessons learned from the preparation for the 13th Five Year Plan for
large and complex smart cities in China"); Chinese names are the customary ones. taxonomy.json
retells the problems found there in our own words. sessions.json and its people are made up.
"""
