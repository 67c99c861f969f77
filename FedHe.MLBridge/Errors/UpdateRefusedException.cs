using FedHe.Crypto.Errors;

namespace FedHe.MLBridge.Errors;

/// <summary>The exception for a well-formed update that does not belong in the sum. The sum is unchanged.</summary>
public sealed class UpdateRefusedException : HeException
{
    /// <summary>Creates the exception for a reason.</summary>
    public UpdateRefusedException(UpdateError error)
        : base(error switch
        {
            UpdateError.OtherTerms => "The update was made under other terms. All parties must use the same layout, mask and weighting.",
            UpdateError.OtherRound => "The update belongs to another job or round than the sum. Send an update of the current round.",
            UpdateError.AnotherIsPending => "The sum has a part of another update, whose process ended. Fold that update in to its end first, with the same bytes.",
            _ => "An update of this client is already part of the sum. A client counts once per round.",
        })
    {
        Error = error;
    }

    /// <summary>The reason for the refusal.</summary>
    public UpdateError Error { get; }
}
