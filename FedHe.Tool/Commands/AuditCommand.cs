using System.CommandLine;
using System.Text;
using FedHe.Orchestration.Audit;
using FedHe.Tool.Audit;
using FedHe.Tool.Choices;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;

namespace FedHe.Tool.Commands;

/// <summary><c>fedhe audit</c>: the audit log of a server or a key authority, verified without its author.</summary>
internal static class AuditCommand
{
    public static Command Describe(CommandScope scope) => new("audit", "Verify the audit log of a server or a key authority, or show it to those who judge a study.")
    {
        DescribeVerify(scope),
        DescribePage(scope),
    };

    private static Command DescribeVerify(CommandScope scope)
    {
        var options = new AuditOptions();
        var command = new Command("verify", "Verify that every entry of an audit log is its author's, and that none was removed, changed or moved; heads that others kept show whether the end was cut off. Ends with 1 where something is wrong.");
        options.AddTo(command);
        return scope.Define(command, (parsed, report) =>
        {
            AuditSources sources = options.Read(parsed);
            AuditReport found = sources.Verify();
            AuditWords.Write(sources, found, report);
            return found.IsIntact ? ExitCodes.Done : throw ToolException.Refused(AuditWords.Verdict(found));
        });
    }

    private static Command DescribePage(CommandScope scope)
    {
        var options = new AuditOptions();
        var path = new Option<FileInfo>("--out", "-o") { Description = "File to write, which must not be there.", Required = true };
        var command = new Command("page", "Write an audit log as one page of HTML without scripts, for an ethics board. The page says at its top what is wrong with the log, where something is.");
        options.AddTo(command);
        command.Options.Add(path);
        return scope.Define(command, (parsed, report) =>
        {
            string target = parsed.GetValue(path)!.FullName;
            if (File.Exists(target))
            {
                throw ToolException.Refused($"{target} is there already. Name another file.");
            }

            AuditSources sources = options.Read(parsed);
            AuditReport found = sources.Verify();
            AtomicFile.Replace(target, Encoding.UTF8.GetBytes(AuditPage.Write(found, sources.Job)));
            AuditWords.WriteRemarks(sources, report);
            report.Set("page", target).Set("entries", found.Entries.Length).Set("isIntact", found.IsIntact).Set("faultCount", found.Faults.Length)
                .Line($"The page is {target}. {(found.IsIntact ? "Nothing is wrong with the log." : $"It says what is wrong with the log: {AuditWords.Count(found.Faults.Length)}.")}");
            return ExitCodes.Done;
        });
    }
}
