using FedHe.Orchestration.Tests.Host.Federations;
using FedHe.Orchestration.Tests.Host.Files;
using FedHe.Orchestration.Tests.Host.Frames;
using FedHe.Orchestration.Tests.Host.Kills;

namespace FedHe.Orchestration.Tests.Host.Parties;

/// <summary>
/// A party host does for a party what docs/operations.md asks of a host: it takes a frame, writes what the step changed, and only
/// then sends the step's messages. It ends its process at the kill point of the frame.
/// </summary>
internal sealed class PartyHost(Stream input, Stream output) : IDisposable
{
    private PartyFiles? _files;
    private IParty? _party;
    private KillPoint? _kill;

    /// <summary>Serves until the router closes the pipe.</summary>
    public async Task RunAsync()
    {
        while (Frame.Read(input) is Frame frame)
        {
            _kill = KillPoint.Parse(frame.Kill);
            PartyStep step = frame.Kind == FrameKind.Begin ? Begin(FrameContent.Read<PartyOrder>(frame.Content)) : await _party!.HandleAsync(frame);
            byte[] status = FrameContent.Write(step.Status);
            Tell(FrameKind.Handled, status);
            DieAt(KillPosition.BeforeSaving);
            Save(step, status);
            DieAt(KillPosition.AfterSaving);
            Send(step);
            DieAt(KillPosition.AfterMessages);
            Tell(FrameKind.Done, FrameContent.Write<string[]>([.. step.Files.Select(file => file.Name)]));
        }
    }

    public void Dispose() => _party?.Dispose();

    private PartyStep Begin(PartyOrder order)
    {
        _party?.Dispose();
        _files = new PartyFiles(order.Folder);
        _party = order.Party switch
        {
            PartyNames.Server => new ServerParty(_files, order.Mode, order.HasSumsInFiles ? _files.CreateFolder(FileNames.Sums) : null),
            PartyNames.Authority => new AuthorityParty(_files, order.Mode),
            _ => new ClientParty(order.Party, _files, order.Mode, whileTraining: () => DieAt(KillPosition.WhileTraining)),
        };
        return _party.Begin();
    }

    private void Save(PartyStep step, byte[] status)
    {
        for (int i = 0; i < step.Files.Count; i++)
        {
            (string name, byte[] bytes) = step.Files[i];
            DieAt(KillPosition.AmongFiles, i);
            if (bytes.Length > 0)
            {
                _files!.Replace(name, bytes, _kill == new KillPoint(KillPosition.WhileSaving, i) ? KillPoint.EndProcess : null);
            }
            else
            {
                DieAt(KillPosition.WhileSaving, i);
                _files!.Delete(name);
            }

            Tell(FrameKind.Saved, status);
        }
    }

    private void Send(PartyStep step)
    {
        for (int i = 0; i < step.Messages.Count; i++)
        {
            DieAt(KillPosition.AmongMessages, i);
            step.Messages[i].Write(output);
        }
    }

    private void Tell(FrameKind kind, byte[] content) => new Frame(kind, Content: content).Write(output);

    private void DieAt(KillPosition position, int part = 0)
    {
        if (_kill == new KillPoint(position, part))
        {
            KillPoint.EndProcess();
        }
    }
}
