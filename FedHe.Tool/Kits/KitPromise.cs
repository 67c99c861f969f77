using System.Globalization;
using System.Text.Json.Nodes;
using FedHe.Orchestration.Job;
using FedHe.Privacy.Federation;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;
using Microsoft.Extensions.Configuration;

namespace FedHe.Tool.Kits;

/// <summary>A kit promise is what a client demands of its job by differential privacy, in the settings of its kit, apart from the job's own terms.</summary>
internal static class KitPromise
{
    /// <summary>The name of the promise in the section of the command.</summary>
    public const string Name = "Promise";

    private const string Unit = "Unit";

    private static readonly string[] Names = [Unit, nameof(ClientPromise.Epsilon), nameof(ClientPromise.Delta), nameof(ClientPromise.Clip), nameof(ClientPromise.Colluders)];

    /// <summary>Returns the promise that the terms of a job keep, for the settings of its clients; null for a job without terms.</summary>
    public static ClientPromise? Of(FederationJob job)
        => job.Update.Privacy is { Form: null } terms ? new ClientPromise(terms.Epsilon, terms.Delta, terms.Clip, terms.Colluders) : null;

    public static JsonObject Write(ClientPromise promise) => new()
    {
        [Unit] = nameof(ProtectedUnit.Client),
        [nameof(promise.Epsilon)] = promise.Epsilon,
        [nameof(promise.Delta)] = promise.Delta,
        [nameof(promise.Clip)] = promise.Clip,
        [nameof(promise.Colluders)] = promise.Colluders,
    };

    /// <summary>Reads a promise, with the ranges of <c>fedhe keys join</c>; null where there is none.</summary>
    /// <param name="kit">The section of the command in the settings.</param>
    /// <param name="settings">The path of the settings, for messages.</param>
    public static ClientPromise? Read(IConfigurationSection kit, string settings)
    {
        IConfigurationSection section = kit.GetSection(Name);
        if (!section.Exists())
        {
            return null;
        }

        string? unknown = section.GetChildren().Select(one => one.Key).FirstOrDefault(key => !Names.Contains(key, StringComparer.OrdinalIgnoreCase));
        if (unknown is not null || section[Unit] != nameof(ProtectedUnit.Client))
        {
            throw ToolException.Refused($"{settings} has {section.Path} {(unknown is null ? $"whose {Unit} is not {nameof(ProtectedUnit.Client)}" : $"with {unknown}")}. "
                + $"A promise has {string.Join(", ", Names)}, and its {Unit} is {nameof(ProtectedUnit.Client)}.");
        }

        return new ClientPromise(
            NumberOf(PromiseNumber.Epsilon, nameof(ClientPromise.Epsilon)),
            NumberOf(PromiseNumber.Delta, nameof(ClientPromise.Delta)),
            NumberOf(PromiseNumber.Clip, nameof(ClientPromise.Clip)),
            section[nameof(ClientPromise.Colluders)] is not string colluders ? 1
                : int.TryParse(colluders, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0 ? count
                : throw ToolException.Refused($"{settings}, {section.Path}: {nameof(ClientPromise.Colluders)} must be a whole number above 0, not '{colluders}'."));

        double NumberOf(PromiseNumber number, string name) => section[name] is not string text
            ? throw ToolException.Refused($"{settings}, {section.Path}: a promise of differential privacy needs {name} too: nothing of a promise has a default.")
            : number.TryParse(text) ?? throw ToolException.Refused($"{settings}, {section.Path}: {number.Describe(name, text)}");
    }

    /// <summary>Returns what clips, adds noise and accounts for a client, or null where nothing is promised by anybody.</summary>
    /// <param name="kit">The kit of a client.</param>
    /// <param name="job">Its job.</param>
    /// <exception cref="ToolException">The client demands nothing of a job with terms, or something of a job without.</exception>
    /// <exception cref="Crypto.Errors.HeException">The job promises less than the client demands.</exception>
    public static ClientPrivacy? Require(Kit kit, FederationJob job)
    {
        if (job.Update.Privacy is not PrivacyTerms terms)
        {
            return kit.Promise is null ? null : throw ToolException.Refused(
                $"The job has no privacy terms, and adds no noise for anybody. Take {Kit.Section}:{Name} out of {kit.PathOf(KitFiles.Settings)} if you take part nevertheless.");
        }

        ClientPrivacy privacy = PrivacyChoices.ProviderOf(kit.Promise) ?? throw ToolException.Refused(string.Create(
            CultureInfo.InvariantCulture,
            $"The job has privacy terms: {terms}. Write {Kit.Section}:{Name} into {kit.PathOf(KitFiles.Settings)}, which is what you promised to the people in your data; a job that promises less is refused."));
        _ = privacy.Create(job);
        return privacy;
    }
}
