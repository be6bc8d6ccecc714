package keywords

var french = language{
	code: "fr",
	any:  `arret, arrête, arrete, arrett, arrêter, arrêtez, désinscrire, désinscription, désinscrivez, désinscris, desinscrit, désabonner, désabonnement, désabonnez, désabonne, me désinscrire, me désabonner, résilier, résiliation, stop tout, stop sms, stop pub, stoppub, stopsms, desabo, desinscri`,
	whole: `fin, annuler, annulez, annulation, td, cessez, cesser, supprimer, supprimez, suppression, assez, marre, ça suffit, basta, suffit, retirez, retirer, retirez-moi, supprimez-moi, enlevez-moi,
		plus rien, stoppez, stopper, ras le bol, quitter, sortir, terminer, terminé, bloquer, bloquez, fini, plus jamais, résiliez, radiez-moi, dégage, dégagez, enlever, jamais plus`,
	help:    `aide, aidez-moi, besoin d'aide, au secours, j'ai besoin d'aide, renseignements, renseignement`,
	start:   `reprendre, réabonner, réactiver`,
	confirm: `oui, confirme, confirmer, je confirme, j'accepte, accepte, accepter, je suis d'accord, oui je le veux, je consens, confirmé, je m'inscris, inscrivez-moi, je valide, oui je veux`,
	decline: `non, no, non merci, je refuse, refuse, refus, je décline, jamais, je n'accepte pas, je ne confirme pas, nan, pas d'accord, surtout pas, hors de question, je ne veux pas`,
	nearYes: `ok, okay, d'accord, dac, dacc, bien sûr, pourquoi pas, certainement, volontiers, ouais, ouep, yep, carrément, évidemment, peut-être, super, parfait, avec plaisir, ça marche, entendu, go, bien, si, ça va, bof`,

	filler: `merci, mercii, beaucoup, svp, stp, s'il, s, il, vous, te, plait, plaît, sil, merci d'avance, avance, bonjour, bonsoir, salut, de, des, du, la, le, les, l, d, à, au, aux, a, ça, ca, cela, ce, ces, cette,
		votre, vos, ton, tes, ma, mon, mes, moi, me, maintenant, immédiatement, tout de suite, suite, tout, messages, message, msg, sms, texto, textos, pub, pubs, publicité, publicités, publicitaire, publicitaires, promo, promos,
		promotions, promotionnels, commercial, commerciaux, spam, spams, newsletter, newsletters, notifications, mails, mail, email, emails, je, j, veux, voudrais, souhaite, dis, dit, ai, déjà, encore, fois, une, pour, et, vraiment,
		envoi, envois, envoyer, service, liste, abonnement, inscription, toujours, aujourd, hui, liste, par, pitié, putain, bordel, merde, avec, offres, offre, sur, numéro, ce, désormais, définitivement, harcèlement, m, en, y, en, bon, allez`,
	polite: `merci, beaucoup, svp, stp, s, il, vous, te, plait, plaît, je, j, le, confirme, accepte, veux, bien, d, accord, ok, sûr, volontiers, mon, inscription, l, la, ma, demande, bonjour, bonsoir, avec, plaisir, les, offres, bien, m, inscris, mille, fois, valide, consens, sans, problème, madame, monsieur`,
	all:    `tout, tous, toute, toutes, partout, totalement, complètement, absolument tout, définitivement`,
	ask:    `comment, si, pourquoi, quand, quoi, quel, quelle, quels, quelles, combien, où, puis, est-ce, que se passe, lorsque, dois, faut, pourquoi, pk, pq`,
	modal:  `pouvez, pourriez, peux, pourrais, svp, stp, merci, voulez, veuillez, plait`,
	topic: `ticket, tickets, reçu, code, codes, carte, commande, commandes, colis, livraison, facture, bon, coupon, points, mot, wifi, remboursement, retour,
		magasin, boutique, taille, prix, chaussures, robe, rendez, rdv, réservation, cadeau, sac, catalogue, paiement, bus, train, tram, métro, soldes, livreur, caisse`,
	program: `activer, active, activez, activation, fidélité, la, le, les, l, un, une, ma, mon, nouvelle, code, numéro, num, no, n, est, de, avec, pour, je, voudrais, veux, j, recevoir, vos, votre, inscription, svp, merci, bonjour, voici, ticket, gratuit, points, m, inscrire, aux, à`,

	negate:  `non, no, nan, pas, ne, n, aucun, aucune, aucunes, jamais, ni, rien, zéro, refuse, refusé, refusée, refusées, plus d, plus de`,
	without: `sans, sauf, hors, excepté`,
	wish:    `autre, chose, veux, souhaite, intéresse, intéressent, intéressé, besoin, accepte, mais, autre, autres, d, de, du`,
	hedge:   `peut-être, peut être, ptet, ptetre, peutêtre, probablement, pense, crois, suppose, sans doute, éventuellement, si, mais, sauf, bof, dépend, mouais, presque, verra, sais pas`,

	sets: map[string]string{
		"neg":   `plus, pas, jamais, rien`,
		"send":  `écrire, écrivez, écris, écrit, écrive, écriviez, envoyer, envoyez, envoie, envoies, envoyé, envoyiez, contacter, contactez, contacte, contactiez, contacté, déranger, dérangez, dérange, dérangé, harceler, harcelez, harcèle, appeler, appelez, appelle, appeliez, téléphoner, téléphonez, embêter, embêtez, emmerder, emmerdez, spammer, spammez, solliciter, sollicitez, sollicité, importuner, importunez, recontacter, recontactez, relancer, relancez, saouler, saoulez, soûler, textoter, bombarder, envoyé, prospecter, démarcher, démarchez, démarché`,
		"msg":   `messages, message, msg, sms, texto, textos, pub, pubs, publicité, publicités, publicitaires, promo, promos, promotion, promotions, promotionnels, spam, spams, newsletter, newsletters, notifications, mails, mail, email, emails, offres, offre, sollicitations, sollicitation, communications, communication, démarchage, prospection, infos, appels, rappels, harcèlement, courriels, alertes, réclame, réclames, conneries, trucs, relances, envois, envoi`,
		"cease": `arrêter, arrêtez, arrête, arret, arrêt, arrêtes, cesser, cessez, cesse, stopper, stoppez, stop, stopp, finir, finissez, mettre fin, interrompre, interrompez, suspendre, suspendez, bloquer, bloquez, annuler, annulez, évitez, éviter, terminer, fini, finis, basta, désactiver, désactivez, résilier, résiliez`,
		"off":   `retirer, retirez, retire, enlever, enlevez, enlève, supprimer, supprimez, supprime, effacer, effacez, efface, radier, radiez, rayer, rayez, ôtez, désinscrire, désinscrivez, désinscris, désabonner, désabonnez, désabonne, virez, virer, sortir, sortez, exclure, oublier, oubliez, retiré, supprimé, enlevé, désinscrit, désabonné, effacé, radié`,
		"list":  `liste, listes, fichier, fichiers, base, répertoire, contacts, mailing, newsletter, envois, diffusion, système, service, abonnés, clients`,
		"num":   `numéro, num, tel, téléphone, portable, mobile, contact, nom, coordonnées`,
		"want":  `veux, veut, voulons, souhaite, souhaitons, désire, voudrais, aimerais, souhaiterais, désirons, veus`,
		"get":   `recevoir, avoir, être, entendre, voir, reçevoir, recevoire`,
		"data":  `données, infos, informations, profil, compte, fiche, dossier, coordonnées`,
		"me":    `me, m, moi, nous`,
	},
	refusal: `
		{cease} .. {send}
		{cease} .. {msg}
		{cease} avec .. {msg}
		{cease} ça
		{cease} ca |
		{cease} de me
		{cease} de m
		{cease} tout
		{cease} mon abonnement
		{cease} .. abonnement
		{cease} .. inscription
		{cease} immédiatement
		| {cease} |
		c est bon {cease}
		^ {cease} merci
		mettre fin
		mettez fin
		ne {me} .. {send} {neg}
		ne {me} .. {send} .. {neg}
		ne {send} {neg}
		ne {send} .. {neg}
		ne plus .. {send}
		ne plus {get}
		ne plus me
		ne plus m
		ne pas me {send}
		ne pas m {send}
		ne jamais me {send}
		{me} {send} plus
		n {send} plus
		n envoyez .. {neg}
		pas me {send}
		plus me {send}
		plus m {send}
		plus de {msg}
		plus aucun .. {msg}
		plus aucune .. {msg}
		plus jamais
		plus rien {get}
		plus rien |
		pas de {msg}
		^ pas de {msg}
		aucune {msg}
		aucun {msg}
		ne {want} plus
		ne {want} pas .. {get}
		ne {want} pas .. {msg}
		ne {want} pas être
		ne {want} pas qu
		ne {want} recevoir
		{want} plus .. {get}
		{want} plus .. {msg}
		{want} plus de
		{want} plus rien
		{want} pas .. {get} .. {msg}
		{want} pas de .. {msg}
		{want} pas .. {msg}
		{want} me {off}
		{want} {get} .. retiré
		{want} être {off}
		{want} ne plus
		{want} que .. {cease}
		{want} que vous arrêtiez
		{want} {cease}
		{want} .. {cease} .. {get}
		souhaite .. désinscription
		demande .. désinscription
		demande .. désabonnement
		demande .. à être {off}
		demande .. ne plus
		demande d arrêter
		demande de {cease}
		{off} moi
		{off} nous
		{off} mon {num}
		{off} ce {num}
		{off} mes coordonnées .. {list}
		{off} .. de votre .. {list}
		{off} .. de vos .. {list}
		{off} .. de la .. {list}
		{off} .. de cette .. {list}
		{off} .. des {list}
		me {off} de
		me {off} |
		m {off} de
		perdez mon
		laissez moi
		laisse moi
		laissez nous
		lâchez moi
		lâche moi
		foutez moi
		fichez moi
		foutez la paix
		foutre la paix
		ficher la paix
		allez vous faire
		va te faire
		allez au diable
		va chier
		casse toi
		cassez vous
		dégage
		dégagez
		ta gueule
		vos gueules
		fermez la
		fichez le camp
		foutez le camp
		ça suffit
		ca suffit
		suffit maintenant
		j en ai marre
		en ai marre
		y en a marre
		en ai assez
		ai assez de
		ras le bol
		j en peux plus
		n en peux plus
		j en ai ras
		marre de
		marre des
		marre d
		assez de {msg}
		assez de vos
		saoule de
		vous me saoulez
		me saoulez
		me gonflez
		me soulez
		vous m emmerdez
		vous me harcelez
		me faites chier
		j ai dit stop
		j ai dit non
		ai dit stop
		déjà .. stop
		déjà demandé .. {cease}
		déjà demandé .. {off}
		déjà désinscrit
		déjà désabonné
		retire mon consentement
		retirer mon consentement
		retire mon accord
		révoque mon
		révoquer mon
		m oppose
		opposer à
		m opposer
		sans mon consentement
		ne consens pas
		pas donné mon accord
		sur liste noire
		tranquille
		stop {msg}
		stop aux {msg}
		stop à .. {msg}
		stop les {msg}
		stop vos {msg}
		stop ces {msg}
		stop avec
		stop tout
		stop à tout
		pouvez vous arrêter
		pouvez vous {off}
		pouvez vous me {off}
		veuillez {cease}
		veuillez {off}
		veuillez me {off}
		veuillez ne plus
		merci de {cease}
		merci de {off}
		merci de me {off}
		merci de ne plus
		merci de ne pas me {send}
		prière de ne plus`,
	maybe: `
		qui est ce
		qui es tu
		qui êtes vous
		qui etes vous
		vous êtes qui
		t es qui
		tu es qui
		c est qui
		ces qui
		kiki c
		qui c est
		c qui
		qui m écrit
		qui écrit
		qui est là
		à qui ai je
		connais pas
		on se connait
		mauvais numéro
		faux numéro
		erreur de numéro
		erreur de destinataire
		trompé de numéro
		trompez de numéro
		trompe de numéro
		trompé de personne
		trompez de personne
		vous vous trompez
		vous faites erreur
		mauvaise personne
		pas la bonne personne
		pas le bon numéro
		n est pas mon numéro
		pas intéressé
		pas intéressée
		pas interess*
		pas du tout intéress*
		plus intéress*
		aucun intérêt
		m intéresse pas
		n intéresse pas
		intéresse plus
		intéresse pas
		rien à faire
		rien à foutre
		m en fous
		m en fiche
		jamais demandé
		rien demandé
		pas demandé
		jamais inscrit
		jamais donné
		pas inscrit
		pourquoi vous m
		pourquoi vous me
		pourquoi je reçois
		pourquoi est ce que je reçois
		pourquoi m
		spam
		arnaque
		harcèlement
		harcelement
		plainte
		avocat
		police
		signaler
		signalé
		cnil
		bloctel
		33700
		trop de {msg}
		trop de
		encore un {msg}
		encore une {msg}
		encore vous
		encore des {msg}
		je vous bloque
		bloqué
		insupportable
		pénible
		comment .. désinscri*
		comment .. désabonn*
		comment .. arrêter .. {msg}
		comment .. ne plus
		comment faire pour ne plus
		comment stopper
		pas client`,
	rights: `
		{off} .. mes {data}
		{off} .. mes .. données
		suppression .. mes .. {data}
		suppression .. données
		effacement .. données
		effacer tout ce que
		{off} mon compte
		{off} mon profil
		quelles {data}
		quelles sont les {data}
		que savez vous .. moi
		que savez vous
		avez sur moi
		détenez sur moi
		possédez sur moi
		qui vous a donné
		qui vous a fourni
		qui vous a transmis
		qui t a donné
		où avez vous eu
		où avez vous trouvé
		où avez vous obtenu
		où avez vous pris
		vous avez eu mon
		vous avez trouvé mon
		d où vous
		d où avez
		d où sort
		comment avez vous eu
		comment avez vous obtenu
		comment avez vous trouvé
		comment vous avez eu
		comment vous avez mon
		comment avez vous mon
		comment êtes vous
		copie de mes {data}
		copie des {data}
		accès à mes {data}
		accéder à mes {data}
		voir mes {data}
		connaître .. {data}
		consulter mes {data}
		rectifier mes {data}
		modifier mes {data}
		corriger mes {data}
		rgpd
		gdpr
		droit à l oubli
		droit d accès
		droit d opposition
		droit à l effacement
		données personnelles
		mes données
		vendu mon
		vendu mes`,
	refuse: `
		^ non .. merci
		^ non je ne
		^ non pas
		^ non jamais
		^ non surtout
		ne confirme pas
		confirme pas
		n accepte pas
		accepte pas
		ne suis pas d accord
		suis pas d accord
		pas d accord
		^ je ne veux pas |
		^ je veux pas |
		ne souhaite pas |
		^ sûrement pas
		^ certainement pas
		^ absolument pas
		^ pas du tout
		^ sans façon
		^ merci mais non
		^ je préfère pas
		^ je préfère ne pas
		^ bien sûr que non
		^ j ai dit non |`,
	benign: `
		arrêt de bus
		arrêt bus
		arrêt du bus
		arrêt de tram
		arrêt tram
		arrêt de métro
		arrêt métro
		arrêt maladie
		arrêt de travail
		prochain arrêt
		arrêt le plus
		quel arrêt
		à l arrêt
		l arrêt
		d arrêt
		s arrête
		s arrêter
		s arrêtent
		sans arrêt
		en arrêt
		bus s arrête
		n arrêtez pas
		n arrête pas
		arrêtez pas
		arrête pas
		n arrêter pas
		ne vous arrêtez pas
		ne pas arrêter
		ne me désabonnez pas
		ne me désinscrivez pas
		ne pas me désinscrire
		ne pas me désabonner
		pas désabonn*
		pas désinscri*
		ne supprimez pas
		non stop
		fin de semaine
		fin du mois
		fin de mois
		fin des soldes
		fin de l année
		fin d année
		fin de journée
		fin de série
		fin de saison
		fin du
		fin de
		fin des
		la fin
		en fin
		enfin
		à la fin
		jusqu à la fin
		assez grand
		assez de points
		assez de
		pas assez
		assez bien
		est assez
		tous les jours
		toute la journée
		tout le temps
		tous les mois
		toutes les semaines
		annuler ma commande
		annuler la commande
		annuler une commande
		annuler mon rendez
		annuler ma réservation
		annulez ma commande
		supprimer un article
		supprimer un
		tout va bien
		stop covoiturage
		auto stop
		autostop
		se terminer
		plus de détails
		plus d infos
		plus d informations`,
}
