using System.Globalization;
using FedHe.Learning.Models;
using FedHe.Privacy.PartialEncryption;
using FedHe.Privacy.Reports;
using FedHe.PrivacyAudit.Reporting;
using FedHe.PrivacyAudit.Runs;

namespace PrivacyAuditSample.Theorem;

/// <summary>A theorem session prints what the paper's theorem says of a mask and a noise scale, on each of the three bases.</summary>
internal sealed class TheoremSession(TheoremOptions options) : ISession
{
    public string GoOn => "Run the same command again.";

    public int Run(CancellationToken cancellationToken)
    {
        Model model = PaperModels.LeNet().Initialize(options.Seed, ParameterInitialization.UniformHalf);
        IReadOnlyList<AuditSample> samples = Pictures.Load(options.DataPath, options.Pictures, options.Seed);
        PrivacyMap map = SampleMap.Of(model, samples);
        double[] sensitivities = [.. map.Sensitivity.ToArray().Select(one => (double)one)];
        double largest = sensitivities.Max();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{model.Name}, {model.ParameterCount} parameters; map of {samples.Count} pictures, largest sensitivity {largest:G4}; Laplace noise of scale {options.Scale} on each value in clear, 1-norm clipped at {options.Clip}"));
        Console.WriteLine("Epsilons of one round, against those without the key. Rounds add up.");
        foreach (double ratio in options.Ratios)
        {
            cancellationToken.ThrowIfCancellationRequested();
            bool[] encrypted = map.Top(ratio).Encrypted.ToArray();
            int count = encrypted.Count(one => one);
            Console.WriteLine();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"p = {ratio}: {count} of {encrypted.Length} encrypted, the most sensitive ones"));
            Console.WriteLine($"{"basis",-30} {"all in clear",14} {"random mask",14} {"this mask",14}  what it bounds");
            Print("uniform sensitivities", "nothing: sensitivities are not uniform", TheoremFigures.OfUniformSensitivities(encrypted.Length, ratio, options.Scale / largest));
            Print("sensitivity map", "nothing: a heuristic, an average over some records", TheoremFigures.OfSensitivityMap(sensitivities, encrypted, options.Scale));
            Print("clipped norm", "one round", TheoremFigures.OfClippedNorms(
                options.Clip, count == encrypted.Length ? 0 : options.ClearClip ?? options.Clip, options.Scale));
        }

        if (options.ClearClip is null)
        {
            Console.WriteLine();
            Console.WriteLine("Where only the whole update is clipped, all of its norm may lie in clear: a mask gains nothing. Clip the values in clear by themselves, and say so by --clear-clip.");
        }

        return ExitCodes.Success;
    }

    private static void Print(string basis, string bounds, TheoremFigures figures)
        => Console.WriteLine($"{basis,-30} {Text(figures.All),14} {Text(figures.Random),14} {Text(figures.Selective),14}  {bounds}");

    private static string Text(double epsilon) => PrivacyFigures.AtMost(epsilon, 4);
}
