using System.Globalization;
using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.Learning.Models;
using FedHe.Learning.Tensors;
using FedHe.PrivacyAudit;

namespace PrivacyAuditSample;

/// <summary>One run of the sample: pictures, masks, attacks, report.</summary>
internal sealed class AuditSession(SampleOptions options)
{
    public void Run(CancellationToken cancellationToken)
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
        PrivacyMap map = MapOf(model, samples);
        List<AuditResult> results = Attack(model, samples, map, store, cancellationToken);
        if (results.Count > 0)
        {
            Write(new AuditReport(results)
            {
                Notes = notes,
                Costs = Costs(model, cancellationToken),
                Map = map,
                LeakThreshold = options.LeakThreshold,
            });
        }

        if (options.Attacks.Contains(AttackChoice.Text))
        {
            string table = TextSession.Table(new TextSession(options).Run(cancellationToken));
            File.WriteAllText(Path.Combine(options.Output, "text.txt"), $"{notes[0]}\nseed: {options.Seed}\n\n{table}\n");
            Console.WriteLine();
            Console.WriteLine(table);
        }
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
            // A picture's own map gives every picture a mask of its own.
            IEnumerable<(AuditSample[] Samples, PrivacyMap Map)> groups = selection == "own"
                ? samples.Select(sample => (new[] { sample }, MapOf(model, [sample])))
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
                results.AddRange(new AuditRun(plan, store).Execute(progress, cancellationToken));
            }
        }

        return results;
    }

    private UpdateCost[] Costs(Model model, CancellationToken cancellationToken)
    {
        using HeContext context = new CkksScheme().CreateContext(CkksParameters.Aggregation);
        using KeyPair keys = context.GenerateKeyPair();
        IEncryptor encryptor = context.CreateEncryptor(keys.SecretKey);
        return [.. options.Ratios.Append(1).Distinct().Select(ratio =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return UpdateCost.Measure(encryptor, model.ParameterCount, (int)Math.Ceiling(ratio * model.ParameterCount));
        })];
    }

    private void Write(AuditReport report)
    {
        string html = Path.Combine(options.Output, "report.html");
        File.WriteAllText(html, report.ToHtml());
        File.WriteAllText(Path.Combine(options.Output, "results.csv"), report.ToCsv());
        foreach ((string name, ImagePlanes picture) in report.Map!.Pictures())
        {
            File.WriteAllBytes(Path.Combine(options.Output, $"privacy-map-{name}.png"), PngWriter.Encode(picture));
        }

        Console.WriteLine();
        Console.WriteLine(report.ToText());
        Console.WriteLine($"Report: {html}");
    }

    private string[] Notes(Model model, IReadOnlyList<AuditSample> samples) =>
    [
        $"command: {string.Join(' ', Environment.GetCommandLineArgs().Skip(1).Prepend("dotnet run -c Release --project samples/PrivacyAudit --"))}",
        string.Create(
            CultureInfo.InvariantCulture,
            $"model: {model.Name}, {model.ParameterCount} parameters, drawn evenly from +-0.5; seed of model, masks and starts: {options.Seed}"),
        string.Create(
            CultureInfo.InvariantCulture,
            $"pictures: {samples.Count} of {options.DataPath ?? "the built-in synthetic ones"}; starts: {options.Restarts}; " +
            $"recovered below MSE {options.RecoveredBelow}; leaked from SSIM {options.LeakThreshold} on"),
    ];

    private static PrivacyMap MapOf(Model model, IReadOnlyList<AuditSample> samples)
    {
        float[] pixels = [.. samples.SelectMany(sample => sample.Picture.Values.ToArray())];
        return PrivacyMap.Of(
            model, new Tensor(model.SampleShape.Prepend(samples.Count), pixels), [.. samples.Select(sample => sample.Label)]);
    }
}
