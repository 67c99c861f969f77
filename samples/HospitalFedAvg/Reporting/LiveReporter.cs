using System.Globalization;
using FedHe.Privacy.Reports;
using Spectre.Console;

namespace HospitalFedAvg.Reporting;

/// <summary>A live reporter shows a table that grows while the federation trains, for terminals.</summary>
internal sealed class LiveReporter(IAnsiConsole console) : IReporter
{
    private const int UsualWidth = 72;
    private const int PrivacyWidth = 13;

    private readonly Table _rounds = new Table()
        .RoundedBorder()
        .AddColumns("round", "hospitals", "encrypted", "plaintext", "difference", "promised");

    private LiveDisplayContext? _display;

    /// <summary>Returns the number of columns that the tables need; in fewer they break up into single letters.</summary>
    public static int NeededWidthOf(SampleOptions options) => options.Privacy is null ? UsualWidth : UsualWidth + PrivacyWidth;

    public void Begin(RunDescription description)
    {
        if (description.Privacy.Count > 0)
        {
            _rounds.AddColumn($"epsilon, {description.ProtectedUnit}");
        }

        Grid grid = new Grid().AddColumns(2);
        foreach ((string name, string value) in description.Lines())
        {
            grid.AddRow(new Text(name, Color.Grey), new Text(value));
        }

        console.Write(grid);
    }

    public async Task<T> WhileRunningAsync<T>(Func<Task<T>> run)
    {
        // A terminal of few lines shows the latest rounds; all of them are written when the display ends.
        LiveDisplay live = console.Live(_rounds)
            .AutoClear(true)
            .Overflow(VerticalOverflow.Ellipsis)
            .Cropping(VerticalOverflowCropping.Top);
        try
        {
            return await live.StartAsync(display =>
            {
                _display = display;
                return run();
            });
        }
        finally
        {
            _rounds.Caption = null;
            _display = null;
            console.Write(_rounds);
        }
    }

    public void Warn(string message) => console.Write(new Text(message + Environment.NewLine, Color.Yellow));

    public void Progress(string activity)
    {
        _rounds.Caption = new TableTitle(Markup.Escape(activity), Color.Grey);
        _display?.Refresh();
    }

    public void RoundCompleted(RoundOutcome outcome)
    {
        var row = new List<Text>
        {
            new Text(outcome.Round.ToString(CultureInfo.InvariantCulture)),
            new Text($"{outcome.Contributors} of {outcome.Hospitals}"),
            new Text(outcome.EncryptedAccuracy.ToString("P2", CultureInfo.InvariantCulture), Color.Green),
            new Text(outcome.PlaintextAccuracy.ToString("P2", CultureInfo.InvariantCulture)),
            new Text(outcome.LargestDifference.ToString("E2", CultureInfo.InvariantCulture), outcome.IsWithinBound ? Color.Default : Color.Red),
            new Text(outcome.IsNoised ? "noise" : outcome.PromisedBound.ToString("E2", CultureInfo.InvariantCulture), Color.Grey),
        };
        if (outcome.SpentEpsilon is double spent)
        {
            row.Add(new Text(PrivacyFigures.AtMost(spent, 3), Color.Yellow));
        }

        _rounds.AddRow(row);
        _display?.Refresh();
    }

    public void Finish(RunSummary summary)
    {
        Table table = new Table().RoundedBorder().Title("Cost of encryption").AddColumn("");
        foreach (string column in (string[])["encrypted", "plaintext", "ratio"])
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        foreach ((string what, string encrypted, string plaintext, string ratio) in summary.OverheadRows())
        {
            table.AddRow(what, encrypted, plaintext, ratio);
        }

        console.Write(table);
        console.Write(new Text(summary.Verdict() + Environment.NewLine, summary.IsWithinBound ? Color.Green : Color.Red));
        console.Write(new Text(summary.ReleaseNote() + Environment.NewLine));
        if (summary.PrivacyNote() is string privacy)
        {
            console.Write(new Text(privacy + Environment.NewLine));
        }
    }
}
