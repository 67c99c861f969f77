namespace FedHe.Privacy.Budgets;

/// <summary>The form in which records are protected says whose noise counts. No value of it is a default.</summary>
public enum RecordForm
{
    /// <summary>
    /// One step a round: each party adds up the clipped gradients of its records at the common model and its share of the noise.
    /// Only the sum carries the noise that is accounted for, so nobody may see less than the sum.
    /// </summary>
    DistributedGradient = 1,

    /// <summary>
    /// Several local steps a round, each with the full noise of the party's own silo. The noise of other parties is never counted.
    /// </summary>
    /// <remarks>Source: Liu, Hu, Wu and Smith, "On Privacy and Personalization in Cross-Silo Federated Learning", arXiv 2206.07902.</remarks>
    LocalDpSgd = 2,
}
