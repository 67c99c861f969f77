namespace FedHe.Orchestration.Job;

/// <summary>
/// A record protection says by whose noise single records are hidden. No value of it is a default; the numeric values are part of the wire format.
/// </summary>
public enum RecordProtection
{
    /// <summary>
    /// One step a round: each client adds up the clipped gradients of its records at the model of the round and its share of the noise, and only an
    /// opened sum carries the noise that is accounted for.
    /// </summary>
    DistributedGradient = 1,

    /// <summary>
    /// Several steps of local training a round, each with the whole noise of the client that trains. The noise of other clients is never counted.
    /// </summary>
    /// <remarks>Source: Liu, Hu, Wu and Smith, "On Privacy and Personalization in Cross-Silo Federated Learning", arXiv 2206.07902.</remarks>
    LocalDpSgd = 2,
}
