using System.Globalization;

namespace FedHe.Orchestration.Tests.Torture.Processes;

/// <summary>
/// The journal of a complete run has a line for every test that began and for every case that passed or failed, so that the run shows its
/// progress, and a run that was broken off goes on with the cases that have not passed. The environment names its file; without one nothing is noted.
/// </summary>
internal static class TortureJournal
{
    private const string Began = "began";
    private const string Passed = "passed";
    private const string Failed = "failed";

    private static readonly string? File = Environment.GetEnvironmentVariable("FEDHE_TORTURE_JOURNAL");
    private static readonly Lock Writing = new();
    private static readonly Dictionary<(string Test, string Case), CaseOutcome> Known = Read();

    /// <summary>Returns the outcome of a case that passed in an earlier run of the same build, or null.</summary>
    public static CaseOutcome? Find(string test, string one) => Known.TryGetValue((test, one), out CaseOutcome outcome) ? outcome : null;

    public static void Begin(string test, int cases) => Append(Began, test, cases.ToString(CultureInfo.InvariantCulture));

    public static void Pass(string test, string one, CaseOutcome outcome)
        => Append(Passed, test, one, outcome.Stopped.ToString(CultureInfo.InvariantCulture), outcome.IsSplit ? "split" : "one");

    public static void Fail(string test, string one) => Append(Failed, test, one);

    private static void Append(params string[] fields)
    {
        if (File is not null)
        {
            lock (Writing)
            {
                System.IO.File.AppendAllText(File, string.Join('\t', fields) + "\n");
            }
        }
    }

    private static Dictionary<(string Test, string Case), CaseOutcome> Read()
    {
        var known = new Dictionary<(string, string), CaseOutcome>();
        if (File is not null && System.IO.File.Exists(File))
        {
            foreach (string[] fields in System.IO.File.ReadLines(File).Select(line => line.Split('\t')).Where(fields => fields is [Passed, _, _, _, _]))
            {
                known[(fields[1], fields[2])] = new CaseOutcome(int.Parse(fields[3], CultureInfo.InvariantCulture), fields[4] == "split");
            }
        }

        return known;
    }
}
