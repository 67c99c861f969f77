using System.CommandLine;
using System.Text.Json.Nodes;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;

namespace FedHe.Tool.Commands;

/// <summary><c>fedhe deliver</c>: carries messages between folders of one machine. Anything else that copies files does as well.</summary>
internal static class DeliverCommand
{
    public static Command Describe(CommandScope scope)
    {
        var from = new Argument<DirectoryInfo>("FROM") { Description = "Folder whose outbox is emptied." };
        var to = new Argument<DirectoryInfo[]>("TO") { Description = "Folders that get what is for them.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("deliver", "Move the messages in one folder's outbox to the inboxes of those that they are for. It is the same as copying outbox/NAME/* to the inbox of NAME.") { from, to };
        return scope.Define(command, (parsed, report) =>
        {
            DirectoryInfo source = parsed.GetValue(from)!;
            if (PartyFolder.Peek(source.FullName) is null)
            {
                throw ToolException.Refused($"{source.FullName} is not the folder of a party.");
            }

            var counts = new JsonObject();
            foreach (DirectoryInfo target in parsed.GetValue(to)!)
            {
                PartyNotes notes = PartyFolder.Peek(target.FullName) ?? throw ToolException.Refused($"{target.FullName} is not the folder of a party.");
                int count = Move(Path.Combine(source.FullName, "outbox", notes.Name), Path.Combine(target.FullName, "inbox"));
                counts[notes.Name] = count;
                report.Line($"{notes.Name}: {count} {(count == 1 ? "message" : "messages")}");
            }

            report.Set("delivered", counts);
            return ExitCodes.Done;
        });
    }

    private static int Move(string outbox, string inbox)
    {
        if (new DirectoryInfo(inbox).LinkTarget is not null)
        {
            throw ToolException.Refused($"{inbox} is a symbolic link. A mailbox must be a folder of its own: remove the link.");
        }

        IReadOnlyList<FileInfo> files = Mailbox.FilesOf(outbox);
        foreach (FileInfo file in files)
        {
            AtomicFile.Copy(file.FullName, Path.Combine(inbox, file.Name));
            file.Delete();
        }

        return files.Count;
    }
}
