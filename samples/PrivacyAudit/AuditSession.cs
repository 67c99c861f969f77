using System.Globalization;
using FedHe.Crypto.Random;
using FedHe.Learning.Models;
using FedHe.PrivacyAudit.Attacks;
using FedHe.PrivacyAudit.Metrics;
using FedHe.PrivacyAudit.Reporting;
using FedHe.PrivacyAudit.Runs;
using FedHe.PrivacyAudit.Text;

namespace PrivacyAuditSample;

/// <summary>An audit session is one run of the sample, from pictures, masks and attacks to the report.</summary>
internal sealed class AuditSession(SampleOptions options) : ISession
{
    public string GoOn => "Run the same command again to go on.";

    public int Run(CancellationToken cancellationToken)
    {
        Model model = PaperModels.LeNet().Initialize(options.Seed, ParameterInitialization.UniformHalf);
        IReadOnlyList<AuditSample> samples = Pictures.Load(options.DataPath, options.Pictures, options.Seed);
        string[] notes = Notes(model, samples);
        foreach (string note in notes)
        {
            Console.WriteLine(note);
        }

        Directory.CreateDirectory(options.Output);
        var store = new AttemptStore(Path.Combine(options.Output, "attempts.jsonl"));
        PrivacyMap map = SampleMap.Of(model, samples);
        List<AuditResult> results = Attack(model, samples, map, store, cancellationToken);
        IReadOnlyList<TextResult> texts =
            options.Attacks.Contains(AttackChoice.Text) ? new TextSession(options).Run(cancellationToken) : [];
        Write(new AuditReport(results)
        {
            Notes = notes,
            Costs = results.Count > 0 ? UploadCosts.Measure(model.ParameterCount, options.Ratios, cancellationToken) : [],
            CostNote = UploadCosts.Note,
            Map = results.Count > 0 ? map : null,
            LeakThreshold = options.LeakThreshold,
            WithheldBecause = options.Iterations > 0
                ? string.Create(CultureInfo.InvariantCulture, $"--iterations {options.Iterations} cut the attacks short")
                : null,
            Texts = texts,
            Spell = Sentences.Spell,
        });
        return ExitCodes.Success;
    }

    private List<AuditResult> Attack(
        Model model, IReadOnlyList<AuditSample> samples, PrivacyMap map, AttemptStore store, CancellationToken cancellationToken)
    {
        IGradientAttack[] attacks = [.. options.Attacks.Where(name => name != AttackChoice.Text)
            .Select(name => AttackChoice.Create(name, options.Iterations))];
        var results = new List<AuditResult>();
        var progress = new ProgressPrinter();
        foreach (string selection in options.Selections)
        {
            // Maps of single pictures give every picture a separate mask.
            IEnumerable<(AuditSample[] Samples, PrivacyMap Map)> groups = selection == "own"
                ? samples.Select(sample => (new[] { sample }, SampleMap.Of(model, [sample])))
                : [(samples.ToArray(), map)];
            foreach ((AuditSample[] group, PrivacyMap groupMap) in groups)
            {
                AuditMask[] masks = [.. options.Ratios.Select(ratio => selection switch
                {
                    "random" => groupMap.Random(ratio, options.Seed),
                    "own" => groupMap.Top(ratio) with { Selection = "own sensitivity" },
                    _ => groupMap.Top(ratio),
                })];
                var plan = new AuditPlan(model, group, masks, attacks)
                {
                    Restarts = options.Restarts,
                    Seed = options.Seed,
                    RecoveredBelow = options.RecoveredBelow,
                };
                var run = new AuditRun(plan, store);
                results.AddRange(options.StoredOnly ? run.CollectStored() : run.Execute(progress, cancellationToken));
            }
        }

        return results;
    }

    private void Write(AuditReport report)
    {
        string html = Path.Combine(options.Output, "report.html");
        File.WriteAllText(html, report.ToHtml());
        File.WriteAllText(Path.Combine(options.Output, "results.csv"), report.ToCsv());
        foreach ((string name, ImagePlanes picture) in report.Map?.Pictures() ?? [])
        {
            File.WriteAllBytes(Path.Combine(options.Output, $"privacy-map-{name}.png"), PngWriter.Encode(picture));
        }

        Console.WriteLine();
        if (report.Results.Count > 0)
        {
            Console.WriteLine(report.ToText());
        }

        if (report.Texts.Count > 0)
        {
            string table = TextSession.Table(report.Texts);
            File.WriteAllText(Path.Combine(options.Output, "text.txt"), $"{string.Join('\n', report.Notes)}\n\n{table}\n");
            Console.WriteLine(table);
            Console.WriteLine();
        }

        Console.WriteLine($"Report: {html}");
    }

    private string[] Notes(Model model, IReadOnlyList<AuditSample> samples) =>
    [
        $"command: dotnet run -c Release --project samples/PrivacyAudit -- {string.Join(' ', Environment.GetCommandLineArgs().Skip(1).Select(Quoted))}",
        string.Create(
            CultureInfo.InvariantCulture,
            $"model: {model.Name}, {model.ParameterCount} parameters, drawn evenly from +-0.5; seed of model, masks and starts: {options.Seed}"),
        string.Create(
            CultureInfo.InvariantCulture,
            $"pictures: {string.Join(", ", samples.Select(sample => sample.Name))} of {options.DataPath ?? "the built-in synthetic ones"}; starts: {options.Restarts}; " +
            $"recovered below MSE {options.RecoveredBelow}; leaked from SSIM {options.LeakThreshold} on"),
    ];

    /// <summary>Quotes an argument so that a shell takes the printed command as it was given.</summary>
    private static string Quoted(string argument)
        => argument.Length > 0 && argument.All(letter => char.IsAsciiLetterOrDigit(letter) || "-_.,/\\:+=".Contains(letter))
            ? argument
            : $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
