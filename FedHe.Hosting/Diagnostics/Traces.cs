using System.Diagnostics;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Messages;

namespace FedHe.Hosting.Diagnostics;

/// <summary>This class starts the activities of hosted parties.</summary>
/// <remarks>
/// One activity around everything that a message leads to makes one trace of it. HTTP carries the trace to the server (W3C traceparent), so the trace
/// has what the client does, and what the server does with the messages of the client.
/// </remarks>
internal static class Traces
{
    private static readonly ActivitySource Source = new(InstrumentNames.Source);

    public static Activity? Begin(Guid job, ClientId client, MessageInfo message)
    {
        Activity? activity = Source.StartActivity(InstrumentNames.MessageActivity, ActivityKind.Consumer);
        activity?.SetTag(InstrumentNames.JobTag, job.ToString())
            .SetTag(InstrumentNames.ClientTag, client.Value)
            .SetTag("message", message.Kind.ToString());
        if (message.Round > 0)
        {
            activity?.SetTag(InstrumentNames.RoundTag, message.Round);
        }

        return activity;
    }
}
