using FedHe.Crypto.Errors;

namespace FedHe.MLBridge.Errors;

/// <summary>An aggregation is impossible as planned; <see cref="Error"/> names the reason.</summary>
public sealed class PlanRefusedException : HeException
{
    /// <summary>Refuses a plan for a named reason; the message says what to do.</summary>
    public PlanRefusedException(PlanError error, string message, long maxTotalWeight = 0)
        : base(message)
    {
        Error = error;
        MaxTotalWeight = maxTotalWeight;
    }

    /// <summary>The named reason.</summary>
    public PlanError Error { get; }

    /// <summary>For <see cref="PlanError.WeightsExceedCapacity"/>: the largest total weight that fits; 0 when none does.</summary>
    public long MaxTotalWeight { get; }
}
