using System.CommandLine;

namespace PrivacyAuditSample.OneRun;

/// <summary>The command <c>one-run</c> prints an empirical epsilon beside a claimed one.</summary>
internal static class OneRunCommand
{
    public static Command Create(Func<ISession, CancellationToken, Task<int>> run)
    {
        Option<string?> data = new("--data") { Description = "Folder or file of a dataset. Default: synthetic digits." };
        Option<double> epsilon = CommandLine.Required("--epsilon", "Epsilon claimed for every record.", 1e-3, 100);
        Option<double> delta = CommandLine.Required("--delta", "Delta that belongs to it.", 1e-15, 0.1);
        Option<double> clip = CommandLine.Required("--clip", "Largest norm of a record's gradient.", 1e-6, 1e6);
        Option<int> records = CommandLine.Ranged("--records", "Records that are trained on beside the canaries.", 1000, 1, 1_000_000);
        Option<int> canaries = CommandLine.Ranged("--canaries", "Canaries, each of which takes part by a coin.", 1000, 2, 1_000_000);
        Option<int> steps = CommandLine.Ranged("--steps", "Steps, each over all records.", 4, 1, 10_000);
        Option<double> rate = CommandLine.Ranged("--learning-rate", "Step size of a step.", 0.5, 1e-6, 1e3);
        Option<double> share = CommandLine.Ranged("--guesses", "Share of the canaries that is guessed about; of the others the audit abstains.", 0.5, 1e-3, 1.0);
        Option<double> confidence = CommandLine.Ranged("--confidence", "Confidence of the empirical epsilons.", 0.95, 0.5, 0.999_999_999);
        Option<int> seed = CommandLine.Ranged("--seed", "Seed of records, canaries and first model. Coins and noise have none.", 1, 0, 1_000_000_000);
        var command = new Command("one-run", "Trains once by local DP-SGD with canaries among the records and once without noise, and prints the empirical epsilon beside the claimed one.")
        {
            data, epsilon, delta, clip, records, canaries, steps, rate, share, confidence, seed,
        };
        command.SetAction((result, cancellationToken) => run(
            new OneRunSession(new OneRunOptions
            {
                DataPath = result.GetValue(data),
                Epsilon = result.GetValue(epsilon),
                Delta = result.GetValue(delta),
                Clip = result.GetValue(clip),
                Records = result.GetValue(records),
                Canaries = result.GetValue(canaries),
                Steps = result.GetValue(steps),
                LearningRate = result.GetValue(rate),
                Share = result.GetValue(share),
                Confidence = result.GetValue(confidence),
                Seed = result.GetValue(seed),
            }),
            cancellationToken));
        return command;
    }
}
