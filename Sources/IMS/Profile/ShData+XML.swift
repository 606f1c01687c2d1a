extension ShData {
    /// The document that an HSS sends (TS 29.328 Annex D): UTF-8, in the order of the schema.
    ///
    /// Reading it gives the same values again, places aside.
    ///
    /// - Precondition: Each ``RepositoryData/serviceData`` is well-formed XML content; it is written as it is.
    public func xml() -> String {
        var writer = XMLWriter()
        writer.element("Sh-Data") { writer in
            if !publicIdentities.isEmpty || !msisdns.isEmpty {
                writer.element("PublicIdentifiers") { writer in
                    for identity in publicIdentities { writer.element("IMSPublicIdentity", identity) }
                    for msisdn in msisdns { writer.element("MSISDN", msisdn) }
                }
            }
            for data in repositoryData { data.write(to: &writer) }
            writeIMSData(to: &writer)
        }
        return writer.text
    }

    private var hasExtension: Bool { isPSIActive != nil || !dynamicServiceActivation.isEmpty }

    private func writeIMSData(to writer: inout XMLWriter) {
        guard
            servingCSCFName != nil || initialFilterCriteria != nil || userState != nil || chargingInformation != nil
                || hasExtension
        else { return }
        writer.element("Sh-IMS-Data") { writer in
            if let servingCSCFName { writer.element("SCSCFName", servingCSCFName) }
            if let initialFilterCriteria {
                writer.element("IFCs") { writer in
                    for criterion in initialFilterCriteria { criterion.write(to: &writer) }
                }
            }
            if let userState { writer.element("IMSUserState", userState.rawValue) }
            chargingInformation?.write(to: &writer)
            guard hasExtension else { return }
            writer.element("Extension") { writer in
                if let isPSIActive { writer.element("PSIActivation", isPSIActive ? 1 : 0) }
                for activation in dynamicServiceActivation {
                    writer.element("DSAI") { writer in
                        writer.element("DSAI-Tag", activation.tag)
                        writer.element("DSAI-Value", activation.isActive ? 0 : 1)
                    }
                }
            }
        }
    }
}

extension ShData.RepositoryData {
    fileprivate func write(to writer: inout XMLWriter) {
        writer.element("RepositoryData") { writer in
            writer.element("ServiceIndication", serviceIndication)
            writer.element("SequenceNumber", Int(sequenceNumber))
            if let serviceData { writer.element("ServiceData", markup: serviceData) }
        }
    }
}

extension ShData.ChargingInformation {
    fileprivate func write(to writer: inout XMLWriter) {
        let names = [
            ("PrimaryEventChargingFunctionName", primaryEventChargingFunction),
            ("SecondaryEventChargingFunctionName", secondaryEventChargingFunction),
            ("PrimaryChargingCollectionFunctionName", primaryChargingCollectionFunction),
            ("SecondaryChargingCollectionFunctionName", secondaryChargingCollectionFunction),
        ]
        writer.element("ChargingInformation") { writer in
            for case (let name, let value?) in names { writer.element(name, value) }
        }
    }
}
