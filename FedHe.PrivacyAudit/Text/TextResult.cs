using FedHe.PrivacyAudit.Attacks;
using FedHe.PrivacyAudit.Runs;

namespace FedHe.PrivacyAudit.Text;

/// <summary>A text result is the best recovery by a text attack of one sentence behind one mask.</summary>
/// <param name="Mask">The mask.</param>
/// <param name="Treatment">The attacker's treatment of encrypted entries.</param>
/// <param name="Original">The sentence's tokens.</param>
/// <param name="Recovered">The tokens recovered, of all starts those whose gradient is nearest.</param>
/// <param name="Revealed">The agreement of the tokens that the gradient alone reveals with the tokens of the sentence.</param>
/// <param name="Sequence">The agreement of the recovered sequence with the sentence.</param>
public sealed record TextResult(
    AuditMask Mask,
    MaskTreatment Treatment,
    IReadOnlyList<int> Original,
    IReadOnlyList<int> Recovered,
    TextScores Revealed,
    TextScores Sequence)
{
    /// <summary>Attacks a sentence from several random starts and scores the best.</summary>
    /// <param name="model">The model.</param>
    /// <param name="sentence">The sentence's tokens.</param>
    /// <param name="mask">The mask.</param>
    /// <param name="treatment">The attacker's treatment of encrypted entries.</param>
    /// <param name="restarts">Random starts; the attacker keeps the text with the least distance, and stops at a
    /// perfect fit.</param>
    /// <param name="seed">The seed of the first start.</param>
    /// <param name="cancellationToken">Cancels the attack.</param>
    /// <exception cref="OperationCanceledException">The attack was canceled.</exception>
    public static TextResult Of(
        TokenModel model,
        IReadOnlyList<int> sentence,
        AuditMask mask,
        MaskTreatment treatment,
        int restarts,
        int seed,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sentence);
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentOutOfRangeException.ThrowIfLessThan(restarts, 1);
        ObservedTextGradient observed = ObservedTextGradient.Of(model, [sentence], mask.Encrypted.Span);
        var attack = new TextInversionAttack(new TextInversionOptions { Treatment = treatment });
        RecoveredText? best = null;
        for (int restart = 0; restart < restarts && best?.Distance is not 0; restart++)
        {
            RecoveredText text = attack.Recover(observed, sentence.Count, seed + restart, cancellationToken);
            best = best is null || text.Distance < best.Distance ? text : best;
        }

        return new TextResult(
            mask, treatment, sentence, best!.Tokens,
            TextScores.OfTokens(sentence, TokenEvidence.Of(observed).Revealed), TextScores.OfSequence(sentence, best.Tokens));
    }
}
