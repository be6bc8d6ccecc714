package keywords

var spanish = language{
	code:    "es",
	any:     `alto, baja, cancelar suscripción, darme de baja, revocar, dar de baja, desuscribir, desuscribirme, desuscribirse, desuscripción, desuscribe, dame de baja, denme de baja, dadme de baja, darse de baja, desuscríbanme, desuscríbeme, revoco, deme de baja, bajas, quiero baja, cancelar la suscripción, desapúntame, desapuntarme, desapuntadme, borradme`,
	whole:   `parar, para, pare, paren, parad, fin, cancelar, cancela, cancele, cancelen, basta, ya basta, suficiente, borrar, bórrame, bórrenme, eliminar, elimínenme, elimíname, quitar, quítame, quítenme, salir, terminar, detener, detengan, detente, cese, cesen, dejadme en paz, déjame en paz, anular, nunca más, no más, ya no, se acabó, finalizar, parad ya, para ya, ya está bien, desactivar, bloquear, no más mensajes, desisto, ni uno más, fuera, largo`,
	help:    `ayuda, ayúdame, ayúdenme, necesito ayuda, información, informacion, soporte, auxilio, ayuda por favor`,
	start:   `reanudar, reactivar, reactiva`,
	confirm: `si, sí, confirmo, confirmar, acepto, aceptar, alta, sí quiero, sí acepto, estoy de acuerdo, doy mi consentimiento, confirmado, suscríbeme, suscríbanme, apúntame, confirma, quiero suscribirme, de alta, me apunto, consiento, sí confirmo, aceptado`,
	decline: `no, no gracias, rechazo, rechazar, no acepto, no confirmo, no estoy de acuerdo, nunca, jamás, no quiero, ni hablar, para nada, nop, nones, no consiento, mejor no, de ninguna manera, en absoluto`,
	nearYes: `ok, okay, vale, claro, claro que sí, por supuesto, por qué no, porque no, bueno, perfecto, genial, de acuerdo, quizás, quizá, tal vez, venga, dale, cómo no, desde luego, estupendo, está bien, bien, seguro, sip, oki, guay, obvio`,

	filler: `gracias, muchas, graciasss, por, favor, porfa, porfavor, xfavor, xfa, pf, ya, ahora, mismo, inmediatamente, hola, buenas, buenos, días, tardes, mensajes, mensaje, msj, msjs, sms, publicidad, promociones, promo, promos, spam, notificaciones, newsletter, boletín, correos, correo, mails, mail, email, comercial, comerciales, ofertas,
		de, del, la, las, el, los, con, a, al, estos, esto, este, esta, estas, esos, esas, eso, sus, su, vuestros, vuestras, tus, mis, mi, me, y, que, lo, en, les, os, te, pido, ruego, digo, he, dicho, quiero, deseo, solicito, enviar, mandar, envío, envíos, suscripción, servicio, lista, tanto, tantos, tanta, más, una, vez, siempre, para siempre, joder, coño, hostia, carajo, señores, amigos, tíos, todas, número, inmediata, urgente, un, o, ustedes, hombre`,
	polite: `gracias, muchas, por, favor, porfa, porfavor, quiero, acepto, confirmo, claro, vale, ok, mi, suscripción, la, lo, las, ofertas, de, acuerdo, estoy, y, hola, buenas, buenos, días, tardes, supuesto, encantado, encantada, recibir, recibirlas, consentimiento, doy, me, apunto, desde, luego, señor, el, alta, con, gusto, muy, amable`,
	all:    `todo, todos, toda, todas, totalmente, completamente, absolutamente todo, definitivamente, por completo, en todas partes, todos los canales`,
	ask:    `cómo, como, por qué, porqué, cuando, cuándo, qué, cuál, cuáles, cuánto, cuánta, cuántos, dónde, puedo, debo, qué pasa, aunque, hasta, si`,
	modal:  `podéis, pueden, puede, puedes, podrían, podríais, podría, podrías, favor, porfa, porfavor, queréis, quieren`,
	topic: `ticket, tickets, recibo, tique, código, códigos, tarjeta, pedido, pedidos, paquete, entrega, factura, vale, cupón, puntos, contraseña, wifi, reembolso, devolución, tienda,
		talla, precio, precios, zapatos, vestido, cita, reserva, premio, bolsa, catálogo, pago, autobús, tren, bus, repartidor, compra, rebajas, color, caja, envio a domicilio, temporada, stock`,
	program: `activar, activa, activo, activación, fidelidad, la, el, las, los, un, una, mi, nueva, código, número, num, nº, no, n, es, de, con, para, quiero, quisiera, recibir, sus, vuestras, registro, registrar, gratis, hola, buenas, aquí, ticket, por, favor, gracias, puntos, me, apunto, a, compra, tarjeta`,

	negate:  `no, nada, ningún, ninguna, ningunas, nunca, jamás, ni, tampoco, cero, nop`,
	without: `sin, excepto, salvo, menos`,
	wish:    `otro, quiero, deseo, interesan, interesa, necesito, acepto, pero, otras, otra, ninguna`,
	hedge:   `quizás, quizá, tal vez, a lo mejor, creo, pienso, supongo, probablemente, posiblemente, puede, puede ser, si, pero, acaso, depende, casi, igual, imagino, no sé`,

	sets: map[string]string{
		"send":  `escribir, escribirme, escriban, escribáis, escribas, escriba, escribirnos, escribiendo, escribid, escribidme, escribiéndome, enviar, enviarme, envíen, envíe, envíes, enviéis, enviando, enviándome, envien, envieis, mandar, mandarme, manden, mande, mandes, mandéis, mandando, mandándome, contactar, contactarme, contacten, contacte, contactes, contactéis, contactando, molestar, molestarme, molesten, moleste, molestes, molestéis, molestando, molestéis, llamar, llamarme, llamen, llame, llames, llaméis, llamando, llamándome, fastidiar, fastidiéis, jodan, jodáis, acosar, acosarme, acosando, spamear, textear, bombardear, bombardearme, hinchar, dar, deis, den, rayéis, insistan, insistáis, insistir, mensajear`,
		"msg":   `mensajes, mensaje, msj, msjs, sms, publicidad, promociones, promoción, promo, promos, spam, notificaciones, newsletter, boletín, boletines, correos, correo, mails, mail, emails, email, ofertas, oferta, anuncios, anuncio, comunicaciones, comunicación, llamadas, propaganda, avisos, propuestas, chorradas, basura, tonterías, cosas, nada, información, mierdas, mierda, rollos, textos, novedades`,
		"cease": `parar, para, pare, paren, parad, pares, dejar, deja, deje, dejen, dejad, dejes, dejéis, cesar, cese, cesen, cesad, detener, detengan, detenga, detened, basta, suficiente, stop, cancelar, cancela, cancelen, cancele, cancelad, terminar, terminen, suspender, suspendan, suspended, interrumpir, finalizar, anular, anulen, bloquear, eviten, evitad, evitar, desactivar, desactiven, desactivad, acabad, acaben`,
		"off":   `borrar, borrarme, borren, borre, borra, borrad, bórrenme, bórrame, borradme, eliminar, eliminarme, eliminen, elimine, elimina, eliminad, elimínenme, elimíname, eliminadme, quitar, quitarme, quiten, quita, quitad, quítenme, quítame, quitadme, quíteme, sacar, sacarme, saquen, sáquenme, sácame, sacadme, suprimir, supriman, supriman, retirar, retiren, retírenme, desuscribir, excluir, exclúyanme, olviden, olvidad, tachadme, bórreme, elimíneme`,
		"list":  `lista, listas, base, bases, sistema, registro, registros, agenda, contactos, newsletter, boletín, envíos, mailing, difusión, publicidad, suscriptores`,
		"num":   `número, numero, num, teléfono, telefono, móvil, movil, celular, contacto, nombre, tel`,
		"want":  `quiero, deseo, quisiera, queremos, deseamos, necesito, gustaría, prefiero, autorizo, acepto, kiero`,
		"get":   `recibir, recibiendo, recibirlos, recibirlas, saber, tener, ser, oír, ver, leer, resivir, recivir, reciba`,
		"data":  `datos, información, perfil, cuenta, ficha, dato`,
		"me":    `me, nos, mi`,
		"more":  `más, mas, nunca, jamás`,
	},
	refusal: `
		no me {send}
		no nos {send}
		no .. {send} más
		no .. {send} .. más
		no me .. {send} más
		no me .. {send} .. {msg}
		no vuelvan a {send}
		no vuelva a {send}
		no vuelvas a {send}
		no volváis a {send}
		no {send} {more}
		no {send} .. {msg}
		no molest*
		no más .. {msg}
		no más |
		no mas |
		nunca más
		nunca mas
		ni un .. más
		ni uno más
		ni {msg}
		^ no {msg} $
		^ nada de {msg}
		no .. {want} más
		no .. {want} .. {get}
		no .. {want} .. {msg}
		no {want} que me .. {send}
		no {want} seguir
		no {want} nada
		no {want} esto
		no {want} su
		no {want} vuestra
		ya no {want}
		ya no .. {get}
		no me interesan .. {msg}
		prefiero no {get}
		preferiría no {get}
		{cease} de {send}
		{cease} de .. {send}
		{cease} ya de
		{cease} ya |
		{cease} .. {msg}
		{cease} con .. {msg}
		{cease} esto
		{cease} de una
		{cease} .. suscripción
		{cease} el servicio
		{cease} por favor
		| {cease} |
		me borran
		en paz |
		ya basta
		basta ya
		basta de
		basta con
		basta por
		| basta |
		ya está bien
		ya vale
		ya es suficiente
		es suficiente |
		se acabó
		dejadme en paz
		dejadme tranquil*
		dejadme
		déjame en paz
		déjame tranquil*
		déjeme en paz
		déjenme en paz
		déjenme tranquil*
		déjenos en paz
		dejadnos
		déjenme
		dejen de
		dejad de
		deja de
		deje de
		dejar de {get}
		dejar de {send}
		dejar de recibir
		que os den
		que te den
		vete a
		váyanse a
		iros a
		idos a
		a la mierda
		vete al
		váyanse al
		vayan a
		lárguense
		largaos
		que te jodan
		que os jodan
		jódete
		cállate
		cállense
		callaos
		estoy hart*
		estoy harto
		harto de
		harta de
		hasta las narices
		hasta los huevos
		hasta los cojones
		hasta el moño
		hasta la coronilla
		estoy cansad*
		cansado de .. {msg}
		cansada de .. {msg}
		qué pesad*
		pesados |
		sois unos pesados
		sois muy pesados
		me tenéis hart*
		me tienen hart*
		no aguanto más
		no puedo más con
		{want} .. de baja
		{want} darme
		{want} cancelar |
		{want} cancelar .. {msg}
		{want} cancelar .. suscripción
		{want} cancelar la suscripción
		{want} cancelar mi suscripción
		{want} desuscribirme
		{want} salir
		{want} borrarme
		{want} que me {off}
		{want} que me borren
		{want} que me quiten
		{want} que dejen
		{want} que paren
		{want} que dejéis
		{want} la baja
		{want} ser {off}
		{want} ser eliminad*
		{want} no {get}
		solicito .. baja
		solicito dejar
		pido .. baja
		tramitar .. baja
		tramiten .. baja
		mi baja
		la baja |
		date de baja
		de baja por
		dame de baja
		dadme de baja
		denme de baja
		deme de baja
		darme de baja
		me doy de baja
		doy de baja
		me den de baja
		me dé de baja
		de baja |
		{off} me
		bórrenme
		bórrame
		borradme
		quítenme
		quítame
		quitadme
		elimínenme
		elimíname
		eliminadme
		sáquenme
		sácame
		sacadme
		retírenme
		exclúyanme
		{off} mi {num}
		{off} este {num}
		{off} .. {num} .. de .. {list}
		{off} .. de su .. {list}
		{off} .. de la {list}
		{off} .. de sus .. {list}
		{off} .. de vuestra .. {list}
		olviden .. {num}
		pierdan .. {num}
		he dicho stop
		he dicho basta
		he dicho que no .. {send}
		dije stop
		ya .. stop
		ya pedí .. baja
		ya .. di de baja
		retiro mi consentimiento
		retiro .. consentimiento
		revoco .. consentimiento
		revoco mi
		no autorizo
		no doy .. consentimiento
		no tienen .. consentimiento
		no tenéis permiso
		me opongo
		oposición
		stop {msg}
		stop a .. {msg}
		stop de {msg}
		stop con
		stop todo
		stop ya`,
	maybe: `
		quién es
		quién eres
		quiénes sois
		quiénes son
		quién sois
		quién habla
		quién me escribe
		quién escribe
		quién son
		quien coño
		de parte de quién
		con quién hablo
		no te conozco
		no os conozco
		no los conozco
		no le conozco
		te conozco
		número equivocado
		numero incorrecto
		número erróneo
		se equivoca
		se equivocan
		se ha equivocado
		se han equivocado
		te equivocas
		te has equivocado
		os habéis equivocado
		os equivocáis
		se equivocó
		equivocado de
		equivocad*
		persona equivocada
		no soy yo
		no soy esa
		no soy la persona
		no es mi número
		no me interes*
		no estoy interes*
		no interes*
		sin interés
		ningún interés
		no tengo interés
		me da igual
		me importa un
		no me importa
		paso de
		no pedí
		no he pedido
		nunca pedí
		no me suscribí
		no me he suscrito
		nunca me suscribí
		nunca me he suscrito
		yo no me apunté
		nunca di mi
		no di mi
		no he dado
		nunca he dado
		por qué me
		por qué recibo
		porque me escriben
		spam
		estafa
		timo
		acoso
		denuncia
		denuncio
		denunciar
		denunciaré
		abogado
		policía
		aepd
		robinson
		demasiados {msg}
		demasiadas {msg}
		demasiada {msg}
		otro {msg}
		otra vez
		pesados
		pesadez
		molesto
		molestos
		qué molestia
		bloqueado
		bloqueo
		cómo .. baja
		cómo .. desuscrib*
		cómo .. cancelar
		cómo .. dejar de
		cómo hago para
		no soy cliente
		no soy clienta`,
	rights: `
		{off} .. mis .. {data}
		{off} todos mis
		{off} mi {data}
		{off} .. mis datos
		borrado de .. {data}
		eliminación de .. {data}
		supresión de .. {data}
		qué {data} tienen
		qué {data} tenéis
		qué {data} tienes
		qué {data}
		qué información
		qué saben de mí
		qué sabéis de mí
		qué tienen sobre mí
		cuáles .. datos
		quién les ha dado
		quién les dio
		quién os ha dado
		quién os dio
		quién te dio
		quién te ha dado
		quién le dio
		quién le ha dado
		de dónde
		dónde han sacado
		dónde habéis sacado
		dónde sacaron
		dónde consigui*
		dónde obtuv*
		cómo han conseguido
		cómo habéis conseguido
		cómo consigui*
		cómo obtuv*
		cómo han obtenido
		cómo tienen mi
		cómo tenéis mi
		cómo tienes mi
		por qué tienen mi
		por qué tenéis mi
		copia de mis
		acceso a mis
		acceder a mis
		ver mis datos
		conocer mis datos
		rectificar mis
		corregir mis
		modificar mis datos
		rgpd
		gdpr
		lopd
		derecho al olvido
		derecho de acceso
		derecho de supresión
		protección de datos
		mis datos
		datos personales
		vendido mi
		vendido mis`,
	refuse: `
		^ no .. gracias
		^ no no
		^ no confirmo
		no confirmo
		no acepto
		no estoy de acuerdo
		no consiento
		^ no quiero |
		^ no lo quiero |
		^ no deseo |
		^ no me apetece
		^ ni hablar
		^ ni loco
		^ ni de coña
		^ para nada
		^ mejor no
		^ prefiero no |
		^ prefiero que no
		^ de ninguna
		^ claro que no
		^ por supuesto que no
		^ desde luego que no
		^ he dicho que no |
		^ gracias pero no
		^ en absoluto`,
	benign: `
		fin de semana
		fin de mes
		fin de año
		fin de temporada
		fin de las rebajas
		fin del
		fin de la
		fines de semana
		en fin
		por fin
		al fin
		a fin
		sin fin
		hasta el fin
		a finales
		al final
		alto el precio
		alto y claro
		calle baja
		muy alto
		más alto
		tan alto
		precio alto
		tacón alto
		tacon alto
		alto standing
		alto tacón
		es alto
		lo alto
		alto de
		alto es
		planta baja
		temporada baja
		baja el precio
		baja de precio
		bajas de precio
		baja la
		talla baja
		más baja
		muy baja
		está de baja
		estoy de baja
		baja médica
		baja por enfermedad
		baja maternal
		gama baja
		baja california
		calidad baja
		la más baja
		en baja
		baja un
		dar de alta
		darme de alta
		dame de alta
		date de alta
		no me den de baja
		no me deis de baja
		no me des de baja
		no me dé de baja
		no darme de baja
		no quiero darme de baja
		no me borren
		no me borr*
		no me quiten
		no me elimin*
		no dejen de
		no dejéis de
		no dejes de
		no paren
		no paréis
		no pares
		no pare
		para el
		para la
		para los
		para las
		para mi
		para mí
		para un
		para una
		para que
		para qué
		para ti
		para hoy
		para mañana
		para cuándo
		para hombre
		para mujer
		para niño*
		para recoger
		para activar
		para comprar
		para cambiar
		para devolver
		para nada
		basta mostrar
		basta presentar
		basta enseñar
		basta el
		basta la
		basta un
		basta una
		me basta
		no basta
		basta que
		suficiente con
		suficiente para
		es suficiente el
		es suficiente con
		suficiente el
		suficientes
		salir de casa
		non stop
		sin parar
		cancelar mi pedido
		cancelar un pedido
		cancelar el pedido
		cancelar una compra
		cancelar la compra
		cancelar mi reserva
		cancelar la reserva
		cancelar la cita
		cancelar mi cita
		todos los días
		todo el día
		todo el tiempo
		todas las semanas
		todos los meses
		todo bien
		todo el rato
		todo ok
		no para
		para de llover
		para cerca
		para enfrente
		para delante
		de dónde es
		de dónde viene
		de dónde son`,
}
