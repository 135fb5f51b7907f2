"""English-speaking people of several countries. The phone ranges are those that each regulator keeps for drama."""

from __future__ import annotations

from listloop.testing.world_culture import Culture, lines, names, places, trades

CULTURE = Culture(
    language="en",
    title="English",
    women=names("""
        Mary, Patricia, Jennifer, Linda, Elizabeth, Susan, Jessica, Karen, Sarah, Nancy, Margaret, Lisa, Sandra,
        Ashley, Emily, Donna, Michelle, Carol, Amanda, Melissa, Deborah, Rebecca, Laura, Sharon, Cynthia, Kathleen,
        Amy, Shirley, Angela, Ruth, Siobhán, Aoife, Niamh, Fiona, Priya, Aisha, Chloe, Grace, Mary Beth, Zadie"""),
    men=names("""
        James, John, Robert, Michael, William, David, Richard, Joseph, Thomas, Charles, Christopher, Daniel, Matthew,
        Anthony, Mark, Donald, Steven, Paul, Andrew, Joshua, Kenneth, Kevin, Brian, George, Edward, Ronald, Timothy,
        Jason, Jeffrey, Ryan, Cillian, Pádraig, Callum, Hamish, Rhys, Imran, Kwame, Arjun, Nigel, Alistair"""),
    families=names("""
        Smith, Johnson, Williams, Brown, Jones, Miller, Davis, Wilson, Anderson, Taylor, Moore, Jackson, Thompson,
        White, Harris, Clark, Lewis, Robinson, Walker, Young, Allen, King, Wright, Scott, Hill, Green, Adams, Nelson,
        Baker, Hall, Campbell, Mitchell, Carter, Roberts, Phillips, Evans, Turner, Parker, Edwards, Collins, Stewart,
        Morris, Murphy, Cook, Rogers, Morgan, Cooper, Peterson, Reed, Bailey, Kelly, Howard, Ward, Cox, Richardson,
        Wood, Watson, Bennett, Gray, Hughes, Price, Sanders, Patel, Myers, Long, Ross, Foster, O'Brien, O'Connor,
        McCarthy, MacDonald, FitzGerald, Byrne, Gallagher, Ó Súilleabháin, Khan, Singh, Okafor, Mensah, Whitfield,
        Ashworth, Featherstone, Pemberton-Hughes, Blackwood, Hargreaves, Llewellyn, Cadwallader, St. John"""),
    places=places("""
        London; EC1A #BB; United Kingdom; +44 20 7946 0###
        Manchester; M1 #AE; United Kingdom; +44 161 496 0###
        Leeds; LS1 #BA; United Kingdom; +44 113 496 0###
        Edinburgh; EH1 #YZ; United Kingdom; +44 131 496 0###
        Cardiff; CF10 #AT; United Kingdom; +44 29 2018 0###
        Dublin; D02 X2##; Ireland; +353 20 91# ####
        Galway; H91 E2##; Ireland; +353 20 91# ####
        Portland; 972##; United States; +1 503 555 01##
        Chicago; 606##; United States; +1 312 555 01##
        Toronto; M5V #K#; Canada; +1 416 555 01##
        Melbourne; 30##; Australia; +61 3 7010 ####
        Sydney; 20##; Australia; +61 2 5550 ####"""),
    streets=lines("""
        # High Street
        # Station Road
        # Church Lane
        # Victoria Road
        # Mill Lane
        # Park Avenue
        # Maple Street
        # Queen Street
        # The Old Brewery, Unit #
        # Harbour View"""),
    trades=trades("""
        {} Opticians; optician
        {} & Sons Joinery; joinery
        {} Engineering Ltd; machines
        {} Bakery; bakery
        The {} Press; printing
        {} Motors; cars
        {} Accountants LLP; tax advice
        {} Garden Centre; nursery
        {} Electrical; electrical works
        {} Haulage; logistics
        {} House Hotel; hotel
        {} Books; books
        {} Architects; architects
        {} Software Inc.; software
        {} Pharmacy; pharmacy
        {} Brewing Company; brewery
        {} Packaging; packaging
        {} Cycles; bicycles
        {} Veterinary Practice; veterinary
        {} Pottery; tiles"""),
    jobs=names("""
        Managing Director, Head of Purchasing, Accounts, Owner, Sales Manager, Marketing Manager, Office Manager,
        Project Manager, Head of IT, Partner, Human Resources, Operations Lead, Customer Success"""),
    providers=("pillarbox.example", "openmail.example", "letterbox.example"),
    joint="{} & {}",
)
