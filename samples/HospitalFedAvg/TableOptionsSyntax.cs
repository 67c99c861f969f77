using System.CommandLine;
using System.CommandLine.Parsing;
using FedHe.Learning.Data;

namespace HospitalFedAvg;

/// <summary>The syntax of table options overrules on the command line what the reader of tables finds out.</summary>
internal sealed class TableOptionsSyntax
{
    private readonly Option<string?> _label = new("--label")
    {
        Description = "Name or position from 0 of the column that holds the class. Default: the last one.",
    };

    private readonly Option<char?> _separator = new("--separator")
    {
        Description = "Character between cells of a table; tab and blank are written as words. Default: found out.",
        CustomParser = result => result.Tokens.Single().Value switch
        {
            "tab" => '\t',
            "blank" or "blanks" => ' ',
            [char separator] when separator is not ('"' or '#') => separator,
            string other => Refuse<char?>(result, $"--separator must be one character, tab or blank, not '{other}'."),
        },
    };

    private readonly Option<string?> _header = new Option<string?>("--header")
    {
        Description = "Whether the first line of a table holds names. Default: found out.",
    }.AcceptOnlyFromAmong("yes", "no");

    private readonly Option<char?> _decimal = new("--decimal")
    {
        Description = "Decimal mark of a table's numbers: point or comma. Default: found out.",
        HelpName = "point|comma",
        CustomParser = result => result.Tokens.Single().Value switch
        {
            "point" or "." => '.',
            "comma" or "," => ',',
            string other => Refuse<char?>(result, $"--decimal must be point or comma, not '{other}'."),
        },
    };

    private readonly Option<string?> _encoding = new("--encoding")
    {
        Description = "Encoding of a table, such as windows-1252. Default: UTF-8, or UTF-16 where the bytes show it.",
    };

    private readonly Option<int?> _skipLines = new("--skip-lines")
    {
        Description = "Number of lines before the table. Default: found out.",
        CustomParser = result => CommandLineNumber.TryParse(result.Tokens.Single().Value, out int lines) && lines >= 0
            ? lines
            : Refuse<int?>(result, $"--skip-lines must be a number of lines, not '{result.Tokens.Single().Value}'."),
    };

    private readonly Option<string[]> _leaveOut = new("--leave-out")
    {
        Description = "Name or position from 0 of a column to leave out. May be given several times.",
    };

    private IEnumerable<Option> All => [_label, _separator, _header, _decimal, _encoding, _skipLines, _leaveOut];

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(RootCommand command)
    {
        foreach (Option option in All)
        {
            command.Add(option);
        }
    }

    /// <summary>Returns the name of the first of the options that was given, or null.</summary>
    public string? FirstGiven(CommandResult result) => All.FirstOrDefault(option => result.GetResult(option) is not null)?.Name;

    /// <summary>Reads the options, or returns null where none was given.</summary>
    public TableOptions? Read(ParseResult result) => FirstGiven(result.CommandResult) is null ? null : new TableOptions
    {
        Label = result.GetValue(_label),
        Separator = result.GetValue(_separator),
        Header = result.GetValue(_header) is string answer ? answer == "yes" : null,
        Decimal = result.GetValue(_decimal),
        Encoding = result.GetValue(_encoding),
        SkipLines = result.GetValue(_skipLines),
        LeaveOut = result.GetValue(_leaveOut) ?? [],
    };

    private static T? Refuse<T>(ArgumentResult result, string message)
    {
        result.AddError(message);
        return default;
    }
}
