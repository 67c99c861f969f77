namespace FedHe.Learning.PrivateTraining;

/// <summary>A neighbor relation says between which datasets a mechanism is compared, and so what its sensitivity means.</summary>
public enum NeighborRelation
{
    /// <summary>One dataset has one record more than the other.</summary>
    AddOrRemoveOne,

    /// <summary>One record of one dataset is another one in the other; sensitivities are twice as large.</summary>
    ReplaceOne,
}
