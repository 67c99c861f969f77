using System.Globalization;
using FedHe.Privacy.Reports;

namespace HospitalFedAvg.Reporting;

/// <summary>A plain reporter writes one line for each event, for logs and pipes.</summary>
internal sealed class PlainReporter(TextWriter output) : IReporter
{
    public void Begin(RunDescription description)
    {
        foreach ((string name, string value) in description.Lines())
        {
            output.WriteLine($"{name}: {value}");
        }
    }

    public Task<T> WhileRunningAsync<T>(Func<Task<T>> run) => run();

    public void Warn(string message) => output.WriteLine($"warning: {message}");

    public void Progress(string activity)
    {
        // Every round ends with its own line, which steps in between would drown.
    }

    public void RoundCompleted(RoundOutcome outcome)
    {
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"round {outcome.Round}: {outcome.Contributors} of {outcome.Hospitals} hospitals, " +
            $"accuracy {outcome.EncryptedAccuracy:P2} encrypted, {outcome.PlaintextAccuracy:P2} plaintext, " +
            $"difference {outcome.LargestDifference:E2} {(outcome.IsNoised ? "by clip and noise" : string.Create(CultureInfo.InvariantCulture, $"of {outcome.PromisedBound:E2} promised"))}" +
            $"{(outcome.SpentEpsilon is double spent ? string.Create(CultureInfo.InvariantCulture, $", epsilon {PrivacyFigures.AtMost(spent, 3)} of {outcome.PromisedEpsilon} spent on each {outcome.ProtectedUnit}") : "")}" +
            $"{(outcome.ClampedValues > 0 ? $", {outcome.ClampedValues} values clamped" : "")}"));
        output.Flush();
    }

    public void Finish(RunSummary summary)
    {
        output.WriteLine();
        output.WriteLine(Row("", "encrypted", "plaintext", "ratio"));
        foreach ((string what, string encrypted, string plaintext, string ratio) in summary.OverheadRows())
        {
            output.WriteLine(Row(what, encrypted, plaintext, ratio));
        }

        output.WriteLine();
        output.WriteLine(summary.Verdict());
        output.WriteLine(summary.ReleaseNote());
        if (summary.PrivacyNote() is string privacy)
        {
            output.WriteLine(privacy);
        }
    }

    private static string Row(string what, string encrypted, string plaintext, string ratio)
        => $"{what,-28}{encrypted,18}{plaintext,18}{ratio,10}";
}
