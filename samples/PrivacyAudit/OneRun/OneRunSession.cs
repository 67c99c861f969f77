using System.Globalization;
using FedHe.Learning.Models;
using FedHe.Learning.Noise;
using FedHe.Learning.PerSample;
using FedHe.Orchestration.Job;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Federation;
using FedHe.Privacy.Reports;
using FedHe.PrivacyAudit.OneRun;
using HospitalFedAvg.Privacy;

namespace PrivacyAuditSample.OneRun;

/// <summary>A one-run session trains with the noise that an epsilon is claimed for, and once more without noise, and prints the empirical epsilons.</summary>
/// <remarks>
/// The training without noise shows what the audit can find: only where its empirical epsilon exceeds the claim does the other one's mean
/// something.
/// </remarks>
internal sealed class OneRunSession(OneRunOptions options) : ISession
{
    public string GoOn => "Nothing of it is kept: the same command begins anew.";

    public int Run(CancellationToken cancellationToken)
    {
        var budget = PrivacyBudget.ForRecords(RecordForm.LocalDpSgd, options.Epsilon, options.Delta, options.Clip);
        AuditData data = AuditData.Load(options);
        Model model = ModelFactory.Linear(data.Records.SampleShape, data.Records.ClassCount).Initialize(options.Seed);

        // Every step takes all records, so nothing is amplified by sampling, and one training is all that is released.
        PrivacyTerms terms = RecordPrivacyPlan.ForLocalTraining(budget, model.ParameterCount, trainings: 1, options.Steps, samplingRate: 1).Privacy!;
        double spent = RecordPrivacyPlan.EpsilonOf(terms, model.ParameterCount, trainings: 1, secrecy: null);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{data.Records.Name}: {data.Records.Count} records and {options.Canaries} canaries, each there by a coin; {model.Name} of {model.ParameterCount} parameters; LocalDpSgd, {options.Steps} steps over all records"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"claimed for every record: epsilon {options.Epsilon} at delta {options.Delta} (spent {PrivacyFigures.AtMost(spent, 3)}), clip {options.Clip}, noise multiplier {PrivacyFigures.AtLeast(terms.NoiseMultiplier, 3)}"));
        Console.WriteLine($"empirical: lower bounds that hold together with {PrivacyFigures.AtLeast(100 * options.Confidence, 7)} % confidence");
        Console.WriteLine();
        Console.WriteLine($"{"training",-14} {"noise",7} {"gradients seen",15} {"model seen",11} {"at most",8}  claim");

        var clipping = new GradientClipping { ClipNorm = terms.Clip, LogClipUnits = terms.LogClipUnits, NonFinite = NonFiniteGradients.Zero };
        AuditedRun noisy = Train(new HospitalNoise(terms));
        Print("with noise", terms.NoiseMultiplier, noisy);
        AuditedRun bare = Train(NoGradientNoise.Instance);
        Print("without noise", 0, bare);
        Console.WriteLine();
        return Judge(noisy, bare);

        AuditedRun Train(IGradientNoise noise) => AuditedRun.Train(data, model, clipping, noise, options, cancellationToken);
    }

    private void Print(string training, double noise, AuditedRun run)
        => Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{training,-14} {PrivacyFigures.AtLeast(noise, 2),7} {Text(run.WhiteBox),15} {Text(run.BlackBox),11} {PrivacyFigures.AtLeast(run.WhiteBox.LargestPossibleBound, 2),8}  {(run.Refutes(options.Epsilon) ? "refuted" : "not refuted")}"));

    private int Judge(AuditedRun claimed, AuditedRun bare)
    {
        if (claimed.Refutes(options.Epsilon))
        {
            Console.WriteLine("The claim is refuted: the training protects less than it says. Repeat the command before you call it a defect.");
            return ExitCodes.ClaimRefuted;
        }

        if (!(bare.EmpiricalEpsilon > options.Epsilon))
        {
            Console.WriteLine("The audit is too weak for this claim: it does not even refute the training without noise. Use more --canaries, more --steps or a smaller --epsilon.");
            return ExitCodes.AuditTooWeak;
        }

        Console.WriteLine("The claim is not refuted, which does not prove it; without noise the same audit refutes it.");
        return ExitCodes.Success;
    }

    private static string Text(OneRunResult result) => PrivacyFigures.AtLeast(result.EpsilonLowerBound, 2);
}
