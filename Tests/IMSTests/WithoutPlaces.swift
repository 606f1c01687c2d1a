import IMS

extension IMSSubscription {
    /// The values alone: no lines and columns, no broken criteria, criteria numbered from 0.
    var withoutPlaces: IMSSubscription {
        var copy = self
        for index in copy.serviceProfiles.indices { copy.serviceProfiles[index] = serviceProfiles[index].withoutPlaces }
        return copy
    }
}

extension ServiceProfile {
    var withoutPlaces: ServiceProfile {
        var copy = self
        copy.location = nil
        copy.brokenCriteria = []
        for index in copy.publicIdentities.indices { copy.publicIdentities[index].location = nil }
        for index in copy.initialFilterCriteria.indices {
            copy.initialFilterCriteria[index].location = nil
            copy.initialFilterCriteria[index].priorityLocation = nil
            copy.initialFilterCriteria[index].documentIndex = index
            copy.initialFilterCriteria[index].triggerPoint?.location = nil
            for place in (copy.initialFilterCriteria[index].triggerPoint?.servicePointTriggers ?? []).indices {
                copy.initialFilterCriteria[index].triggerPoint?.servicePointTriggers[place].location = nil
                copy.initialFilterCriteria[index].triggerPoint?.servicePointTriggers[place].subjectLocation = nil
                copy.initialFilterCriteria[index].triggerPoint?.servicePointTriggers[place].contentLocation = nil
            }
        }
        return copy
    }
}
