namespace FedHe.PrivacyAudit.Text;

/// <summary>Text scores measure the recovered part of a text.</summary>
/// <param name="Precision">The part of the recovered tokens that were in the text; 1 when none was recovered.</param>
/// <param name="Recall">The part of the text's tokens that were recovered.</param>
/// <param name="InPlace">The part of the text's positions with the right token; 0 where no order was recovered.</param>
public sealed record TextScores(double Precision, double Recall, double InPlace)
{
    /// <summary>Compares sets of tokens, regardless of the order and number of the tokens.</summary>
    /// <param name="original">The tokens of the text.</param>
    /// <param name="recovered">The tokens recovered.</param>
    public static TextScores OfTokens(IEnumerable<int> original, IEnumerable<int> recovered)
        => Of([.. original.Distinct()], [.. recovered.Distinct()], inPlace: 0);

    /// <summary>Compares sequences by the number of times that each token occurs and by the tokens' places.</summary>
    /// <param name="original">The text.</param>
    /// <param name="recovered">The text recovered.</param>
    public static TextScores OfSequence(IReadOnlyList<int> original, IReadOnlyList<int> recovered)
    {
        ArgumentNullException.ThrowIfNull(original);
        ArgumentNullException.ThrowIfNull(recovered);
        int inPlace = original.Zip(recovered).Count(pair => pair.First == pair.Second);
        return Of([.. original], [.. recovered], (double)inPlace / Math.Max(original.Count, 1));
    }

    private static TextScores Of(List<int> original, List<int> recovered, double inPlace)
    {
        var remaining = new List<int>(original);
        int found = recovered.Count(remaining.Remove);
        return new TextScores(
            recovered.Count == 0 ? 1 : (double)found / recovered.Count,
            original.Count == 0 ? 1 : (double)found / original.Count,
            inPlace);
    }
}
