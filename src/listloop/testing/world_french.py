"""French names, towns and trades. The phone ranges are those that France's regulator keeps for works of fiction."""

from __future__ import annotations

from listloop.testing.world_culture import Culture, lines, names, places, trades

CULTURE = Culture(
    language="fr",
    title="French",
    women=names("""
        Marie, Nathalie, Isabelle, Sylvie, Catherine, Françoise, Valérie, Christine, Sandrine, Stéphanie, Véronique,
        Sophie, Céline, Chantal, Patricia, Anne, Brigitte, Julie, Monique, Aurélie, Nicole, Laurence, Annie, Émilie,
        Dominique, Virginie, Corinne, Élodie, Camille, Chloé, Léa, Manon, Inès, Zoé, Anne-Sophie, Marie-Claude,
        Hélène, Agathe, Noémie, Clémence"""),
    men=names("""
        Jean, Pierre, Michel, André, Philippe, René, Louis, Alain, Jacques, Bernard, Marcel, Daniel, Roger, Robert,
        Paul, Claude, Christian, Henri, Georges, Nicolas, François, Patrick, Gérard, Christophe, Julien, Laurent,
        Éric, Frédéric, Stéphane, Sébastien, Thierry, Jérôme, Rémi, Gaël, Loïc, Jean-Baptiste, Jean-Luc, Benoît, Théo,
        Maël"""),
    families=names("""
        Martin, Bernard, Thomas, Petit, Robert, Richard, Durand, Dubois, Moreau, Laurent, Simon, Michel, Lefèvre,
        Leroy, Roux, David, Bertrand, Morel, Fournier, Girard, Bonnet, Dupont, Lambert, Fontaine, Rousseau, Vincent,
        Müller, Faure, Mercier, Blanc, Guérin, Boyer, Garnier, Chevalier, François, Legrand, Gauthier, Perrin, Robin,
        Clément, Morin, Nicolas, Henry, Roussel, Mathieu, Gautier, Masson, Marchand, Duval, Denis, Dumont, Marie,
        Lemaire, Noël, Meyer, Dufour, Meunier, Brun, Blanchard, Giraud, Joly, Rivière, Lucas, Brunet, Gaillard,
        Barbier, Arnaud, Martinez, Renard, Roche, Schmitt, Roy, Leroux, Colin, Vidal, Caron, Picard, Fabre, Aubert,
        Lemoine, Renaud, Dumas, Lacroix, Philippe, Bourgeois, Lefort, de Villiers, Le Gall, L'Hermitte, d'Angelo"""),
    places=places("""
        Paris; 750##; France; +33 1 99 00 ## ##
        Versailles; 780##; France; +33 1 99 00 ## ##
        Rennes; 350##; France; +33 2 61 91 ## ##
        Nantes; 440##; France; +33 2 61 91 ## ##
        Strasbourg; 670##; France; +33 3 53 01 ## ##
        Lille; 590##; France; +33 3 53 01 ## ##
        Lyon; 690##; France; +33 4 65 71 ## ##
        Marseille; 130##; France; +33 4 65 71 ## ##
        Bordeaux; 330##; France; +33 5 36 49 ## ##
        Toulouse; 310##; France; +33 5 36 49 ## ##"""),
    streets=lines("""
        # rue de la République
        # avenue Victor-Hugo
        # place du Marché
        # rue des Lilas
        # boulevard Gambetta
        # chemin du Moulin
        # impasse des Tilleuls
        # quai de la Fosse
        # rue de l'Église
        # allée des Platanes"""),
    trades=trades("""
        Optique {}; optician
        Menuiserie {} et Fils; joinery
        Boulangerie {}; bakery
        Château {}; wine
        Imprimerie {}; printing
        Garage {}; cars
        Cabinet {}; tax advice
        Fromagerie {}; cheese
        {} Électricité; electrical works
        Transports {}; logistics
        Hôtel {}; hotel
        Librairie {}; books
        Atelier d'architecture {}; architects
        {} Logiciels; software
        Pharmacie {}; pharmacy
        Fleurs {}; flowers
        {} Emballages SAS; packaging
        Cycles {}; bicycles
        Clinique vétérinaire {}; veterinary
        Pépinières {}; nursery"""),
    jobs=names("""
        Directeur général/Directrice générale, Responsable achats, Chef de projet/Cheffe de projet, Comptable,
        Gérant/Gérante, Assistant de direction/Assistante de direction, Responsable marketing,
        Directeur commercial/Directrice commerciale, Chargé de clientèle/Chargée de clientèle,
        Responsable informatique, Associé/Associée, Ressources humaines"""),
    providers=("boite-postale.example", "courriel-libre.example", "lettres.example"),
    joint="{} et {}",
)
