using System.Globalization;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Composition;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Ledgers;
using static FedHe.Privacy.Reports.PrivacyFigures;

namespace FedHe.Privacy.Reports;

/// <summary>
/// A privacy report is a page of HTML for people who must judge a promise: what was promised to whom, what was spent by which release, and what remains.
/// </summary>
/// <remarks>
/// The page is one file without scripts, pictures or links, and its policy forbids all of them. It holds parameters of noise and no values. Every text
/// may come from anybody: it is escaped, and characters that steer a display are replaced.
/// </remarks>
public sealed class PrivacyReport
{
    private readonly string _title;
    private readonly IReadOnlyList<PrivacyReportLedger> _ledgers;

    /// <summary>Prepares a report.</summary>
    /// <param name="title">The heading of the page.</param>
    /// <param name="ledgers">One ledger or more, in the order of the page.</param>
    /// <exception cref="ArgumentException">There is no ledger.</exception>
    public PrivacyReport(string title, IEnumerable<PrivacyReportLedger> ledgers)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(title);
        ArgumentNullException.ThrowIfNull(ledgers);
        _title = title;
        _ledgers = [.. ledgers];
        if (_ledgers.Count == 0)
        {
            throw Throw.NoLedger(nameof(ledgers));
        }
    }

    /// <summary>Facts beside the ledgers, such as the data and the date, as pairs of a name and a value; none by default.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Facts { get; init; } = [];

    /// <summary>Writes the page.</summary>
    /// <returns>The page, which belongs into a file of UTF-8.</returns>
    /// <exception cref="PrivacyException">A stored ledger has an entry whose cost cannot be computed.</exception>
    public string ToHtml()
    {
        var page = new HtmlPage(_title);
        if (Facts.Count > 0)
        {
            page.Begin("dl");
            foreach ((string name, string value) in Facts)
            {
                page.Fact(name, value);
            }

            page.End("dl");
        }

        foreach (PrivacyReportLedger ledger in _ledgers)
        {
            Write(page, ledger);
        }

        return page.Finish();
    }

    private static void Write(HtmlPage page, PrivacyReportLedger ledger)
    {
        PrivacyAccountant accountant = ledger.Accountant;
        PrivacyBudget budget = accountant.Budget;
        double spent = accountant.SpentEpsilon;
        page.Begin("section");
        page.Text("h2", ledger.Holder);
        page.Text("p", $"Epsilon {AtMost(spent)} of {AtMost(budget.Epsilon)} was spent at delta {AtMost(budget.Delta)}; {AtLeast(Remains(budget.Epsilon, spent))} remains.");
        page.Meter(spent, budget.Epsilon);
        page.Begin("dl");
        page.Fact("promised", $"epsilon at most {AtMost(budget.Epsilon)} at delta {AtMost(budget.Delta)}");
        page.Fact("to whom", ledger.PromisedTo);
        page.Fact("unit", ReportWords.UnitOf(budget));
        page.Fact("clipped at", $"{AtMost(budget.Clip)}, the largest 2-norm of what one unit contributes to one release");
        page.Fact("composition", ReportWords.MethodOf(accountant.Method));
        page.Fact("distance", string.Create(
            CultureInfo.InvariantCulture,
            $"{AtMost(accountant.Spent.Distance)} in all, the statistical distance of the drawn noise from the named one; (1 + e^epsilon) times it is charged to delta"));
        foreach (string statement in accountant.Entries.Select(entry => ReportWords.SecrecyOf(entry.Release)).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            page.Fact("sampling is secret", statement);
        }

        page.End("dl");
        WriteEntries(page, accountant);
        page.End("section");
    }

    private static void WriteEntries(HtmlPage page, PrivacyAccountant accountant)
    {
        if (accountant.Entries.Count == 0)
        {
            page.Text("p", "Nothing was released.");
            return;
        }

        page.BeginTable("release", "times", "mechanism", "distance", "epsilon so far", "remains");
        PrivacyComposition composition = PrivacyComposition.Of(accountant.Method);
        foreach (LedgerEntry entry in accountant.Entries)
        {
            composition = composition.Add(entry.Release, entry.Count);
            double epsilon = composition.Epsilon(accountant.Budget.Delta);
            page.Row(
                entry.Purpose,
                entry.Count.ToString(CultureInfo.InvariantCulture),
                ReportWords.MechanismOf(entry.Release),
                AtMost(entry.Count * entry.Release.Distance),
                AtMost(epsilon),
                AtLeast(Remains(accountant.Budget.Epsilon, epsilon)));
        }

        page.EndTable();
    }

    /// <summary>Returns what remains of a budget, never more than the exact difference.</summary>
    private static double Remains(double budget, double spent)
    {
        double rest = budget - spent;

        // What rounding the difference added (Knuth); it can be computed exactly.
        double taken = budget - rest;
        double error = (budget - (rest + taken)) + (taken - spent);
        return Math.Max(0, error < 0 ? Math.BitDecrement(rest) : rest);
    }
}
