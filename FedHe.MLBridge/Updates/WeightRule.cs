using FedHe.Crypto;

namespace FedHe.MLBridge.Updates;

/// <summary>A weight rule says who multiplies values by the clients' weights.</summary>
internal enum WeightRule
{
    /// <summary>The weights travel in clear, and the server multiplies by them.</summary>
    ServerMultiplies,

    /// <summary>
    /// The weights travel in clear, and each client multiplies its own values, because the scheme adds every vector once.
    /// </summary>
    ClientMultiplies,

    /// <summary>Each client multiplies its own values and encrypts its weight beside them.</summary>
    Hidden,
}

/// <summary>This class finds the weight rule of terms under the scheme of a context.</summary>
internal static class WeightRules
{
    public static WeightRule Of(AggregationTerms terms, HePublicContext context) => terms.Weighting switch
    {
        Weighting.Hidden => WeightRule.Hidden,
        _ => context.AddsWeights ? WeightRule.ServerMultiplies : WeightRule.ClientMultiplies,
    };
}
