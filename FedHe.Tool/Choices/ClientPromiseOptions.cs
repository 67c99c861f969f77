using System.CommandLine;
using FedHe.Tool.Folders;

namespace FedHe.Tool.Choices;

/// <summary>The options by which a client says what it promised to the people in its data, whatever the job says.</summary>
internal sealed class ClientPromiseOptions
{
    private readonly PromiseOptions _promise = new();

    private readonly Option<int> _colluders = JobOptions.Ranged("--colluders", "On a client of a job with privacy terms: colluders that it reckons with at least.", 1, 1, 1_000_000);

    /// <summary>All options.</summary>
    public IEnumerable<Option> All => [.. _promise.All, _colluders];

    public void AddTo(Command command)
    {
        foreach (Option option in All)
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (_promise.IsStated(result))
            {
                _promise.RequireAll(result);
            }
        });
    }

    /// <summary>Reads the promise, or returns null where none is stated.</summary>
    public ClientPromise? Read(ParseResult parsed) => _promise.Read(parsed, parsed.GetValue(_colluders));
}
