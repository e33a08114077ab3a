"""What other people's servers know: news, summaries of it, live matches. Each kind of provider is a
protocol with an adapter; none of them decides anything about a market.
"""
