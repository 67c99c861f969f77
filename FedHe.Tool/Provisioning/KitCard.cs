using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FedHe.Hosting.Certificates;
using FedHe.Hosting.Epochs;
using FedHe.Tool.Folders;

namespace FedHe.Tool.Provisioning;

/// <summary>A kit card is the public half of what a client made itself: a client's card, and the pin of its certificate beside it.</summary>
/// <param name="Card">The name of the client, and the key that verifies its messages.</param>
/// <param name="Pin">The pin of its certificate.</param>
/// <remarks>Whoever reads cards alone, such as a key authority that plans an epoch, passes over the pin.</remarks>
internal sealed record KitCard(ClientCard Card, CertificatePin Pin)
{
    private const string PinName = "pin";

    public byte[] Write()
    {
        JsonObject json = JsonNode.Parse(Card.Write())!.AsObject();
        json[PinName] = Pin.ToString();
        return Encoding.UTF8.GetBytes(json.ToJsonString());
    }

    /// <summary>Reads a card, or returns null where there is none.</summary>
    public static KitCard? Read(string path)
    {
        if (new FileInfo(path) is not { Exists: true, Length: <= ClientCard.MaxLength })
        {
            return null;
        }

        byte[] bytes = File.ReadAllBytes(path);
        try
        {
            return ClientCard.TryRead(bytes, out ClientCard? card)
                && PartyFolder.IsClientName(card.Client.Value)
                && CertificatePin.TryParse((string?)JsonNode.Parse(bytes)![PinName], out CertificatePin? pin)
                    ? new KitCard(card, pin.Value)
                    : null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
