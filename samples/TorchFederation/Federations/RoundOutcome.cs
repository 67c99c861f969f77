namespace TorchFederation.Federations;

/// <summary>The outcome of a round.</summary>
/// <param name="Round">The round, from 1.</param>
/// <param name="Accuracy">The accuracy of the encrypted federation on the held-out samples, 0 to 1.</param>
/// <param name="PlainAccuracy">The accuracy of the federation without encryption after as many rounds.</param>
/// <param name="Difference">The largest difference between the encrypted average and the plain average of the same updates.</param>
/// <param name="Promise">The largest error that was promised for any tensor.</param>
/// <param name="IsWithinPromise">Whether the difference of every tensor is within the error promised for it.</param>
internal sealed record RoundOutcome(
    int Round, double Accuracy, double PlainAccuracy, double Difference, double Promise, bool IsWithinPromise);
