using System.Globalization;
using FedHe.Crypto.Random;
using FedHe.PrivacyAudit.Attacks;
using FedHe.PrivacyAudit.Runs;
using FedHe.PrivacyAudit.Selection;
using FedHe.PrivacyAudit.Text;

namespace PrivacyAuditSample;

/// <summary>A text session attacks sentences, as the paper's Figure 10 does, on a small language model.</summary>
internal sealed class TextSession(SampleOptions options)
{
    private const int SentencesAttacked = 3;
    private const int SentencesOfMap = 50;
    private const int Width = 16;
    private const int Hidden = 32;
    private const string OwnSelection = "own sensitivity";

    public IReadOnlyList<TextResult> Run(CancellationToken cancellationToken)
    {
        var model = new TokenModel(Sentences.Vocabulary.Count, Width, Hidden, options.Seed);
        IReadOnlyList<IReadOnlyList<int>> targets = Sentences.Draw(SentencesAttacked, options.Seed);
        float[] map = model.SensitivityOf(Sentences.Draw(SentencesOfMap, options.Seed + 1));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"text: {SentencesAttacked} sentences of {Sentences.Length} tokens, vocabulary {model.Vocabulary}, {model.ParameterCount} parameters"));
        var results = new List<TextResult>();
        foreach (AuditMask mask in Masks(model, map, targets))
        {
            foreach (MaskTreatment treatment in (MaskTreatment[])[MaskTreatment.Zeroed, MaskTreatment.LeftOut])
            {
                results.AddRange(TargetsOf(mask, targets).Select(sentence => TextResult.Of(
                    model, sentence, mask, treatment, Math.Min(options.Restarts, 3), options.Seed, cancellationToken)));
                Console.Error.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"text: {mask.Selection} {mask.Ratio:P1}, encrypted entries {Describe(treatment)}: done"));
            }
        }

        return results;
    }

    public static string Table(IReadOnlyList<TextResult> results)
    {
        IEnumerable<string> lines = results
            .GroupBy(result => (result.Mask.Selection, result.Mask.Ratio, result.Treatment))
            .Select(group => string.Create(
                CultureInfo.InvariantCulture,
                $"{group.Key.Selection,-16}{group.Key.Ratio,8:P1}  {Describe(group.Key.Treatment),-10}" +
                $"{group.Average(result => result.Revealed.Precision),12:P0}{group.Average(result => result.Revealed.Recall),8:P0}" +
                $"{group.Average(result => result.Sequence.Precision),13:P0}{group.Average(result => result.Sequence.Recall),8:P0}" +
                $"{group.Average(result => result.Sequence.InPlace),10:P0}" +
                $"  {(group.First().Recovered.Count > 0 ? Sentences.Spell(group.First().Recovered) : "-")}"));
        string header = $"{"selection",-16}{"p",8}  {"encrypted",-10}{"revealed: P",12}{"R",8}{"sentence: P",13}{"R",8}" +
            $"{"in place",10}  first sentence as recovered";
        return string.Join('\n', lines.Prepend(header).Prepend($"original: {Sentences.Spell(results[0].Original)}"));
    }

    private IEnumerable<AuditMask> Masks(TokenModel model, float[] map, IReadOnlyList<IReadOnlyList<int>> targets)
    {
        foreach (string selection in options.Selections)
        {
            foreach (double ratio in options.Ratios)
            {
                yield return selection switch
                {
                    "random" => new AuditMask(selection, ratio, SelectedPositions.Random(model.ParameterCount, ratio, options.Seed)),
                    "own" => new AuditMask(OwnSelection, ratio, SelectedPositions.Top(model.SensitivityOf([targets[0]]), ratio)),
                    _ => new AuditMask(selection, ratio, SelectedPositions.Top(map, ratio)),
                };
            }
        }
    }

    /// <summary>Selects the sentences to attack under a mask; the mask of a single sentence's map applies to this sentence
    /// only.</summary>
    private static IEnumerable<IReadOnlyList<int>> TargetsOf(AuditMask mask, IReadOnlyList<IReadOnlyList<int>> targets)
        => mask.Selection == OwnSelection ? targets.Take(1) : targets;

    private static string Describe(MaskTreatment treatment) => treatment == MaskTreatment.Zeroed ? "zeroed" : "left out";
}
