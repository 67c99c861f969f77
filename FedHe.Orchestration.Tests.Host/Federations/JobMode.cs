namespace FedHe.Orchestration.Tests.Host.Federations;

/// <summary>The mode of the job under test: what models are encrypted under, and who opens sums.</summary>
public enum JobMode
{
    /// <summary>Models are encrypted under round keys, and every client has the authority's key, which opens sums.</summary>
    RoundKeys,

    /// <summary>Models are encrypted directly under the authority's key.</summary>
    Direct,

    /// <summary>Models are encrypted under round keys, and all clients are members of the committee that opens sums.</summary>
    Committee,

    /// <summary>A job with a committee, in which one client leaves and another one joins by an epoch.</summary>
    Epochs,
}
