// JAXnet
