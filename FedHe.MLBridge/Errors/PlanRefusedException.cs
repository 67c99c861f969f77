using FedHe.Crypto.Errors;

namespace FedHe.MLBridge.Errors;

/// <summary>The exception for a planned aggregation that is impossible; <see cref="Error"/> names the reason.</summary>
public sealed class PlanRefusedException : HeException
{
    /// <summary>Creates the exception for a reason, with a message that says what to do.</summary>
    public PlanRefusedException(PlanError error, string message, long maxTotalWeight = 0)
        : base(message)
    {
        Error = error;
        MaxTotalWeight = maxTotalWeight;
    }

    /// <summary>The reason for the refusal.</summary>
    public PlanError Error { get; }

    /// <summary>
    /// The largest total weight that fits when the reason is <see cref="PlanError.WeightsExceedCapacity"/>; 0 when none
    /// does.
    /// </summary>
    public long MaxTotalWeight { get; }
}
