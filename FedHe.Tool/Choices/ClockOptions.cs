using System.CommandLine;
using System.Globalization;
using FedHe.Tool.Parties;

namespace FedHe.Tool.Choices;

/// <summary>The options of a job between hosts that say how long its rounds wait.</summary>
internal sealed class ClockOptions
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(365);

    private readonly Option<TimeSpan> _round = Duration("--round-deadline", "Time for which a round collects uploads.", TimeSpan.FromMinutes(10), mayBeZero: false);
    private readonly Option<TimeSpan> _waiting = Duration("--waiting-time", "Time for which a round waits for all of its clients before it begins with a quorum.", TimeSpan.FromMinutes(10), mayBeZero: false);
    private readonly Option<TimeSpan> _grace = Duration("--grace-time", "Time for which a round with a quorum waits for the others after its deadline.", TimeSpan.Zero, mayBeZero: true);
    private readonly Option<int> _attempts = JobOptions.Ranged("--max-attempts", "Tries at a round before the job fails.", 3, 1, 1_000_000);

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _round, _waiting, _grace, _attempts })
        {
            command.Options.Add(option);
        }
    }

    public JobDeadlines Read(ParseResult parsed)
        => new(parsed.GetValue(_round), parsed.GetValue(_waiting), parsed.GetValue(_grace), parsed.GetValue(_attempts));

    private static Option<TimeSpan> Duration(string name, string description, TimeSpan defaultValue, bool mayBeZero) => new(name)
    {
        Description = $"{description} A number with s, m, h or d.",
        DefaultValueFactory = _ => defaultValue,
        CustomParser = result =>
        {
            string text = result.Tokens.Single().Value;
            if (TryParse(text) is TimeSpan value && value <= Longest && (mayBeZero || value > TimeSpan.Zero))
            {
                return value;
            }

            result.AddError($"{name} must be a number with s, m, h or d, such as 10m,{(mayBeZero ? " or 0s," : string.Empty)} and at most 365d, not '{text}'.");
            return defaultValue;
        },
    };

    private static TimeSpan? TryParse(string text)
        => text.Length > 1 && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number <= Longest.TotalSeconds
            ? text[^1] switch
            {
                's' => TimeSpan.FromSeconds(number),
                'm' => TimeSpan.FromMinutes(number),
                'h' => TimeSpan.FromHours(number),
                'd' => TimeSpan.FromDays(number),
                _ => null,
            }
            : null;
}
