// Params
