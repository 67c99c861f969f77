using FedHe.Learning.Models;

namespace FedHe.PrivacyAudit.Text;

/// <summary>
/// Token evidence is the information that a gradient gives about each token of the vocabulary without a search.
/// </summary>
/// <remarks>
/// The embedding row of a token has a gradient exactly when the token was read: any visible entry that is not zero
/// proves it, and zeros prove its absence as an input. The output bias of a token has the gradient (mean probability -
/// frequency as a target): negative only for tokens that followed another. Source: the observation behind Fowl et al.,
/// "Decepticons" (2022), and the labels of iDLG.
/// </remarks>
public sealed class TokenEvidence
{
    private TokenEvidence(int[] revealed, int[] undetermined) => (Revealed, Undetermined) = (revealed, undetermined);

    /// <summary>The tokens that were certainly in the batch, in ascending order.</summary>
    public IReadOnlyList<int> Revealed { get; }

    /// <summary>The tokens whose presence in the batch is hidden by encryption.</summary>
    public IReadOnlyList<int> Undetermined { get; }

    /// <summary>Reads the evidence from an observed gradient.</summary>
    /// <param name="observed">The observed gradient of a batch of any size.</param>
    public static TokenEvidence Of(ObservedTextGradient observed)
    {
        ArgumentNullException.ThrowIfNull(observed);
        int vocabulary = observed.Model.Vocabulary;
        int width = observed.Model.Parameters[0].Value.Shape[1];
        int biasStart = observed.Model.ParameterCount - vocabulary;
        var revealed = new List<int>();
        var undetermined = new List<int>();
        for (int token = 0; token < vocabulary; token++)
        {
            ReadOnlySpan<float> row = observed.Values.Slice(token * width, width);
            if (row.ContainsAnyExcept(0f) || observed.Values[biasStart + token] < 0)
            {
                revealed.Add(token);
            }
            else if (!observed.Encrypted.Slice(token * width, width).Contains(false))
            {
                undetermined.Add(token);
            }
        }

        return new TokenEvidence([.. revealed], [.. undetermined]);
    }
}
