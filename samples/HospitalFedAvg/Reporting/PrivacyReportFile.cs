using System.Globalization;
using FedHe.Privacy.Reports;

namespace HospitalFedAvg.Reporting;

/// <summary>A privacy report file is the page with all ledgers, written before the first round and after the last one.</summary>
internal static class PrivacyReportFile
{
    public static void Write(string path, RunDescription description, IEnumerable<PrivacyReportLedger> ledgers)
    {
        var report = new PrivacyReport("Differential privacy in HospitalFedAvg", ledgers)
        {
            Facts =
            [
                new("written", DateTimeOffset.UtcNow.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)),
                .. description.Lines().Select(line => KeyValuePair.Create(line.Name, line.Value)),
            ],
        };
        File.WriteAllText(path, report.ToHtml());
    }
}
