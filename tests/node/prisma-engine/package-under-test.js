// Copyright: (c) 2026, inference.platform maintainers
// SPDX-License-Identifier: Apache-2.0
'use strict'
// Where the package under test lies: tests are no part of it, so that they are no part of the image.

const path = require('node:path')

if (!process.env.PRISMA_ENGINE) throw new Error('PRISMA_ENGINE must name the folder of the installed package')

/** @param {string} name of a file in src */
module.exports = (name) => require(path.join(/** @type {string} */ (process.env.PRISMA_ENGINE), 'src', name))
