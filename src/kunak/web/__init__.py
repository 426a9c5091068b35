"""The worker side: pages on 127.0.0.1 for one member at one machine.

How a page is made, for whoever adds one:

* A page module holds plain, synchronous functions ``def show(visit: Visit) -> Response`` and a list
  ``ROUTES`` made of ``page(path, name, show)`` and ``post(path, name, act, back=show)`` from
  ``kunak.web.visit``. ``app.PAGES`` lists the page modules. A function runs in a worker thread, alone with
  the workbench: the office's lock is held for it.
* ``visit.bench`` is the unlocked workbench, ``visit.code`` the ``{code}`` of the path, ``visit.asked(name)``
  a query parameter, ``visit.now`` the hour. ``visit.render("x.html", **context)`` answers with a page and
  ``visit.go(path, said="saved")`` with a redirect (303) that says one sentence of ``words.TABLES["said"]``.
* A function behind ``post`` reads ``form = visit.posted()`` (``kunak.web.forms.Form``: ``one_of``,
  ``some_of``, ``text``, ``number``, ``day``, ``moment``, ``yes``), then ``form.check()``, then acts. Whatever
  ``KunakError`` it raises is shown above the page ``back`` makes, with its own HTTP status, and what was
  typed stays.
* A template extends ``base.html`` and fills ``{% block title %}`` and ``{% block main %}``. Fields come from
  the macros in ``fields.html``: ``{% import "fields.html" as field with context %}`` and
  ``{% set f = visit.filling("name-of-form", {"field": default}) %}``, then
  ``field.text(f, "field", _("Label"))`` and so on between ``{% call field.form(f, action) %}``. Each form on
  a page has its own name.
* A closed-list code becomes words with ``{{ code|word("table") }}``; tables live in ``words.py`` (and
  ``words_ways.py``), each with ``TABLES: dict[str, dict[str, str]]``, listed in ``words.SOURCES``.
  ``words.options(visit.say, table, codes)`` gives the pairs for a choice.
* A sentence or a state that the planner says is written ``{{ sentence|said }}``: in the page's language; one
  that a journey keeps as plain English ``{{ text|recognised|said }}``.
* Hours: ``{{ moment|when }}`` (local), ``{{ date|day }}``, ``{{ moment|left }}`` ("in 12 min", "5 min late").
  Levels and clocks: ``{% import "pieces.html" as piece with context %}``, ``piece.level("P1")``,
  ``piece.clock("decision", due)``.
* Everything works without script; the one script only adds j, k and Enter.
"""
