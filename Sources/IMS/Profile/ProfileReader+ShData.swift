extension ProfileReader {
    /// The tables below are our reading of the schema of TS 29.328 Annex D: children in order, with how often they occur.
    mutating func shData(_ element: ProfileElement) -> (ShData, ServiceProfile) {
        var data = ShData()
        var profile = ServiceProfile()
        profile.location = element.location
        checkChildren(
            of: element,
            [
                ("PublicIdentifiers", .optional), ("RepositoryData", .any), ("Sh-IMS-Data", .optional),
                ("CSLocationInformation", .optional), ("PSLocationInformation", .optional), ("CSUserState", .optional),
                ("PSUserState", .optional), ("Extension", .optional),
                // Not where the schema has them, and read all the same.
                ("IFCs", .any),
            ])
        for identifiers in element.children("PublicIdentifiers") { read(identifiers, into: &data, &profile) }
        for child in element.children("RepositoryData") {
            if let repositoryData = repositoryData(child) { data.repositoryData.append(repositoryData) }
        }
        for ims in element.children("Sh-IMS-Data") { read(ims: ims, into: &data) }
        for holder in element.children("Sh-IMS-Data") + [element] {
            for list in holder.children("IFCs") {
                checkChildren(of: list, [("InitialFilterCriteria", .any), ("Extension", .optional)])
                readCriteria(of: list, into: &profile)
                data.initialFilterCriteria = profile.initialFilterCriteria
            }
        }
        return (data, profile)
    }

    private mutating func read(
        _ identifiers: ProfileElement, into data: inout ShData, _ profile: inout ServiceProfile
    ) {
        checkChildren(
            of: identifiers, [("IMSPublicIdentity", .any), ("MSISDN", .any), ("Extension", .optional)])
        for child in identifiers.children("IMSPublicIdentity") {
            guard let identity = text(of: child) else { continue }
            data.publicIdentities.append(identity)
            var publicIdentity = PublicIdentity(identity: identity)
            publicIdentity.location = child.location
            profile.publicIdentities.append(publicIdentity)
        }
        data.msisdns += identifiers.children("MSISDN").compactMap { text(of: $0) }
    }

    private mutating func repositoryData(_ element: ProfileElement) -> ShData.RepositoryData? {
        checkChildren(
            of: element,
            [
                ("ServiceIndication", .one), ("SequenceNumber", .one), ("ServiceData", .optional),
                ("Extension", .optional),
            ])
        let indication = element.first("ServiceIndication").flatMap { text(of: $0) }
        let number = element.first("SequenceNumber").flatMap { integer(of: $0, in: 0...Int(UInt16.max)) }
        guard let indication, let number, let sequenceNumber = UInt16(exactly: number) else { return nil }
        return ShData.RepositoryData(
            serviceIndication: indication, sequenceNumber: sequenceNumber,
            serviceData: element.first("ServiceData").map(\.innerXML))
    }

    private mutating func read(ims element: ProfileElement, into data: inout ShData) {
        checkChildren(
            of: element,
            [
                ("SCSCFName", .optional), ("IFCs", .optional), ("IMSUserState", .optional),
                ("ChargingInformation", .optional), ("Extension", .optional),
            ])
        data.servingCSCFName = element.first("SCSCFName").flatMap { text(of: $0) }
        data.userState = element.first("IMSUserState").flatMap { integer(of: $0, in: 0...3) }
            .flatMap { ShData.UserState(rawValue: $0) }
        if let child = element.first("ChargingInformation") { data.chargingInformation = charging(child) }
        for child in extensionElements(of: element, named: "PSIActivation") {
            data.isPSIActive = integer(of: child, in: 0...1).map { $0 == 1 }
        }
        for child in extensionElements(of: element, named: "DSAI") {
            checkChildren(of: child, [("DSAI-Tag", .one), ("DSAI-Value", .one), ("Extension", .optional)])
            let tag = child.first("DSAI-Tag").flatMap { text(of: $0) }
            // 0 is ACTIVE here and INACTIVE in PSIActivation.
            let value = child.first("DSAI-Value").flatMap { integer(of: $0, in: 0...1) }
            if let tag, let value { data.dynamicServiceActivation.append(.init(tag: tag, isActive: value == 0)) }
        }
    }

    private mutating func charging(_ element: ProfileElement) -> ShData.ChargingInformation {
        checkChildren(
            of: element,
            [
                ("PrimaryEventChargingFunctionName", .optional), ("SecondaryEventChargingFunctionName", .optional),
                ("PrimaryChargingCollectionFunctionName", .optional),
                ("SecondaryChargingCollectionFunctionName", .optional), ("Extension", .optional),
            ])
        func name(_ child: String) -> String? { element.first(child).map(\.text).flatMap { $0.isEmpty ? nil : $0 } }
        var charging = ShData.ChargingInformation()
        charging.primaryEventChargingFunction = name("PrimaryEventChargingFunctionName")
        charging.secondaryEventChargingFunction = name("SecondaryEventChargingFunctionName")
        charging.primaryChargingCollectionFunction = name("PrimaryChargingCollectionFunctionName")
        charging.secondaryChargingCollectionFunction = name("SecondaryChargingCollectionFunctionName")
        return charging
    }
}
